"""``tvm.contrib.utils``: folders that go when they are not needed any more."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tvm_model_library.microtvm import names

__all__ = ["TempDirectory", "tempdir"]


class TempDirectory:
    """A new folder, which goes with the object, or with :meth:`remove`."""

    def __init__(self, custom_path: str | Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tvm-", dir=custom_path)
        self.temp_dir = self._folder.name

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.temp_dir)

    def relpath(self, name: str) -> str:
        """The path of a file in it."""
        return str(self.path / name)

    def __truediv__(self, name: str | Path) -> Path:
        return self.path / name

    def listdir(self) -> list[str]:
        """The names in it."""
        return sorted(p.name for p in self.path.iterdir())

    def remove(self) -> None:
        """Remove it."""
        self._folder.cleanup()

    def __enter__(self) -> TempDirectory:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def tempdir(custom_path: str | Path | None = None, keep_for_debug: bool | None = None) -> TempDirectory:
    """A new folder."""
    return TempDirectory(custom_path)


__getattr__ = names.missing(__name__)
