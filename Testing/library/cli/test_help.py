"""Every command explains itself, quickly and without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ugmcl.cli import main as program


@pytest.mark.parametrize("name", program.COMMANDS)
def test_help_of_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main([name, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"usage: ugmcl {name}" in text and len(text.splitlines()) > 6


def test_help_needs_no_heavy_package(root: Path) -> None:
    heavy = ("torch", "numpy", "scipy", "SimpleITK", "pydantic", "monai", "matplotlib", "tqdm", "psutil")
    code = (
        "import sys, io, contextlib\n"
        "from ugmcl.cli import main\n"
        "for name in main.COMMANDS:\n"
        "    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "        main.main([name, '--help'])\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_top_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["--help"])
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert all(any(line.startswith(f"  {name} ") for line in lines) for name in program.COMMANDS)
    assert "not a medical device" in text
