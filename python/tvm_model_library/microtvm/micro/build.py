"""``tvm.micro.build``: where templates and the C runtime lie. Definition: TVM 0.18 python/tvm/micro/build.py."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.files import crt_dir
from tvm_model_library.microtvm import names

__all__ = ["MicroTVMTemplateProject", "get_microtvm_template_projects", "get_standalone_crt_dir"]

_TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


class MicroTVMTemplateProject(Enum):
    """The templates of projects."""

    CRT = "crt"
    EMULATED = "emulated"
    ZEPHYR = "zephyr"

    @classmethod
    def list(cls) -> list[str]:
        """Their names."""
        return [template.value for template in cls]


def get_standalone_crt_dir() -> str:
    """The folder of the C runtime: ``include/`` and ``src/``."""
    return str(crt_dir())


def get_microtvm_template_projects(platform: str) -> str:
    """The folder of a template: ``crt`` (this machine), ``emulated`` (boards in QEMU) or ``zephyr``. Raises
    ``ModelLibraryError`` for others.
    """
    known = MicroTVMTemplateProject.list()
    if platform not in known:
        why = ": put the files of an exported archive into the sketch" if platform == "arduino" else ""
        raise ModelLibraryError(f"there is no template {platform!r}{why}; the templates: {', '.join(known)}")
    return str(_TEMPLATES / platform)


__getattr__ = names.missing(__name__)
