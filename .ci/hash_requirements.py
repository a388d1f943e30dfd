"""Write the hashes of all files that the package index has for the pins of requirements*.txt after each pin.

python .ci/hash_requirements.py    (needs uv: pip install uv)

Run it after changing a version in one of the files; it keeps lines, comments and order, and does not look for other
versions. Wheels for every platform and Python are among the files, so that one list serves all of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-dev.txt")
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def without_hashes(text: str) -> list[str]:
    """The lines of a requirements file, each pin on one line and without its hashes."""
    return [HASH.sub("", line).rstrip() for line in text.replace("\\\n", " ").splitlines()]


def hashes_of(pins: list[str]) -> dict[str, list[str]]:
    """Hashes by ``name==version``, as the index has them. Ends the program where uv is missing or finds nothing."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("hash_requirements.py: uv is not installed: pip install uv")
    options = [
        "--no-config",
        "--no-deps",
        "--universal",
        "--generate-hashes",
        "--python-version",
        "3.10",
        "--no-header",
    ]
    command = [uv, "pip", "compile", *options, "--quiet", "-"]
    result = subprocess.run(command, input="\n".join(pins), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"hash_requirements.py: {result.stderr.strip()}")
    found = {}
    for line in result.stdout.replace("\\\n", " ").splitlines():
        match = re.match(r"([a-z0-9._-]+==[^ ;]+)", line)
        if match:
            found[match[1]] = HASH.findall(line)
    return found


def main() -> None:
    """Rewrite both files."""
    lines = {name: without_hashes((ROOT / name).read_text(encoding="utf-8")) for name in FILES}
    pins = [line for name in FILES for line in lines[name] if re.match(r"[a-z]", line)]
    hashes = hashes_of(pins)
    for name in FILES:
        text = ""
        for line in lines[name]:
            text += line
            for found in hashes[line.split(";")[0].strip()] if line in pins else ():
                text += f" \\\n    --hash={found}"
            text += "\n"
        (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
