"""Which form a fused function gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tvm_model_library.compiler.forms.convolution import Convolution, convolution_of
from tvm_model_library.compiler.forms.dsp_convolution import halfword_form
from tvm_model_library.compiler.forms.dsp_dense import dense_form
from tvm_model_library.compiler.forms.dsp_depthwise import plane_form
from tvm_model_library.compiler.forms.epilogue import Epilogue, epilogue_of
from tvm_model_library.compiler.forms.parameters import Form
from tvm_model_library.compiler.targets.classes import TargetClass
from tvm_model_library.tensors import Array

_FORMS: Mapping[str, tuple[Callable[[Any, Convolution, Epilogue], Form | None], ...]] = {
    "dsp": (plane_form, dense_form, halfword_form),
}


def form_of(func: Any, constants: Mapping[int, Array], target_class: TargetClass) -> Form | None:
    """The best form that a class of targets has for a fused function, ``constants`` being the values of some of its
    parameters by position; None where it has none. Forms are of int8, with sums of int32.
    """
    if not target_class.forms:
        return None
    convolution = convolution_of(func, constants)
    if convolution is None or (convolution.dtype, convolution.sum_dtype) != ("int8", "int32"):
        return None
    epilogue = epilogue_of(func, convolution, constants)
    if epilogue is None:
        return None
    for name in target_class.forms:
        for make in _FORMS[name]:
            form = make(func, convolution, epilogue)
            if form is not None:
                return form
    return None
