"""``tvm.error``: everything that goes wrong is a ``TVMError``, which is this package's ``ModelLibraryError``."""

from __future__ import annotations

from tvm_model_library.errors import ModelLibraryError, RelaySyntaxError, UnknownOperatorError, UnsupportedError
from tvm_model_library.microtvm import names

__all__ = ["DiagnosticError", "OpError", "OpNotImplemented", "TVMError"]

TVMError = ModelLibraryError
OpError = ModelLibraryError
OpNotImplemented = UnsupportedError
OpAttributeUnImplemented = UnsupportedError
OpNotFound = UnknownOperatorError
DiagnosticError = ModelLibraryError
SyntaxError = RelaySyntaxError

__getattr__ = names.missing(__name__)
