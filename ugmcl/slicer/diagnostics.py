"""The text behind "Copy diagnostics": what ``ugmcl doctor`` says with the Python that computes."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable
from pathlib import Path

import slicer

from ugmcl import __version__
from ugmcl.jobs.environment import BOOTSTRAP
from ugmcl.jobs.launch import Interpreter, clean_environment
from ugmcl.slicer.background import Background
from ugmcl.slicer.interpreter import find_interpreter

PATIENCE_S = 120.0
_RUN = (
    "import sys; sys.path[:0] = sys.argv[2:]; from ugmcl.cli.main import main; sys.exit(main([sys.argv[1]]))"
)


def collect_diagnostics(on_text: Callable[[str], None]) -> Background:
    """Collect the text without names of people or files; ``on_text`` gets it when it is there.

    Keep what is returned until then. Without a Python that computes, the text tells what is known here.
    """
    found = find_interpreter()
    head = _head(found.words)
    interpreter = found.interpreter
    if interpreter is None:
        return Background(lambda: head, on_text, lambda _fault: on_text(head))

    def said() -> str:
        return f"{head}\n{_doctor(interpreter)}"

    return Background(said, on_text, lambda fault: on_text(without_names(f"{head}\nugmcl doctor: {fault}")))


def without_names(text: str) -> str:
    """A text with the user's home folder as ``~``."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _head(words: str) -> str:
    app = slicer.app
    version = getattr(app, "applicationVersion", "") or f"{app.majorVersion}.{app.minorVersion}"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return without_names(
        f"UG-MCL {__version__} in Slicer {version}, Python {platform.python_version()}, {system}\n{words}"
    )


def _doctor(interpreter: Interpreter) -> str:
    """What ``ugmcl doctor`` prints; in a thread."""
    folders = [*map(str, interpreter.first), str(BOOTSTRAP.parents[2])]
    done = subprocess.run(
        [interpreter.python, "-c", _RUN, "doctor", *folders],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE_S,
        env=clean_environment(interpreter),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return without_names((done.stdout + done.stderr).strip())
