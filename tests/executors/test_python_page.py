"""docs/python.md does what it says: its code runs as it stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_code_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for suffix in ("relay", "params"):
        shutil.copy(ROOT / "examples" / "models" / f"kws_ref_model.{suffix}", tmp_path / f"model.{suffix}")
    text = (ROOT / "docs" / "python.md").read_text()
    exec("\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL)), {})
    assert (tmp_path / "kws.tar").exists()
    assert (tmp_path / "kws_v1.tar").exists()
