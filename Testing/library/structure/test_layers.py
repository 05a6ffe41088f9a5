"""The rooms know each other only as design, section 3, allows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_no_room_imports_a_room_above_or_beside_it(root: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())",
    ]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
