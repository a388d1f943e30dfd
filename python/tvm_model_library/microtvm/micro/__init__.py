"""``tvm.micro``: archives, projects, and sessions that run them."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.micro import build, model_library_format, project, session, testing
from tvm_model_library.microtvm.micro.build import (
    MicroTVMTemplateProject,
    get_microtvm_template_projects,
    get_standalone_crt_dir,
)
from tvm_model_library.microtvm.micro.model_library_format import (
    UnsupportedInModelLibraryFormatError,
    export_model_library_format,
)
from tvm_model_library.microtvm.micro.project import (
    GeneratedProject,
    TemplateProject,
    generate_project,
    generate_project_from_mlf,
)
from tvm_model_library.microtvm.micro.session import (
    Session,
    create_local_debug_executor,
    create_local_graph_executor,
)

__all__ = [
    "GeneratedProject", "MicroTVMTemplateProject", "Session", "TemplateProject", "UnsupportedInModelLibraryFormatError",
    "build", "create_local_debug_executor", "create_local_graph_executor", "export_model_library_format",
    "generate_project", "generate_project_from_mlf", "get_microtvm_template_projects", "get_standalone_crt_dir",
    "model_library_format", "project", "session", "testing",
]  # fmt: skip

__getattr__ = names.missing(__name__)
