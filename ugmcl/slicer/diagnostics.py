"""The text behind "Copy diagnostics": what ``ugmcl doctor`` says with the Python that computes."""

from __future__ import annotations

import getpass
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import slicer

from ugmcl import __version__
from ugmcl.jobs.environment import BOOTSTRAP, data_folder
from ugmcl.jobs.installation_torch import nvidia_card
from ugmcl.jobs.launch import Interpreter, clean_environment
from ugmcl.jobs.watched_process import watch
from ugmcl.slicer.background import Background
from ugmcl.slicer.interpreter import find_interpreter

PATIENCE_S = 120.0
_SHORTEST_NAME = 3  # a user called "a" would be found in every word
_RUN = (
    "import sys; sys.path[:0] = sys.argv[2:]; from ugmcl.cli.main import main; sys.exit(main([sys.argv[1]]))"
)


def collect_diagnostics(on_text: Callable[[str], None]) -> Background:
    """Collect the text without names of people or files; ``on_text`` gets it when it is there.

    Keep what is returned until then. Without a Python that computes, the text tells what is known here.
    """
    found = find_interpreter()
    head = _head(found.words)

    def said() -> str:
        body = _basics() if found.interpreter is None else _doctor(found.interpreter)
        return without_names(f"{head}\n{body}")

    return Background(said, on_text, lambda fault: on_text(without_names(f"{head}\nugmcl doctor: {fault}")))


def without_names(text: str) -> str:
    """A text with the user's home folder as ``~`` and the user's name as ``<user>``."""
    home, name = str(Path.home()), _user()
    if len(home) > 1:
        for written in (home, home.replace("\\", "\\\\"), home.replace("\\", "/")):
            text = text.replace(written, "~")
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "<user>", text) if name else text


def _user() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return ""
    return name if len(name) >= _SHORTEST_NAME and name != "root" else ""


def _head(words: str) -> str:
    app = slicer.app
    version = getattr(app, "applicationVersion", "") or f"{app.majorVersion}.{app.minorVersion}"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return f"UG-MCL {__version__} in Slicer {version}, Python {platform.python_version()}, {system}\n{words}"


def _basics() -> str:
    """What can be said without any package; in a thread."""
    card = nvidia_card()
    place = next(folder for folder in (data_folder(), *data_folder().parents) if folder.is_dir())
    lines = [
        f"NVIDIA card: {card.name}, driver {card.driver}" if card else "NVIDIA card: none that answers",
        f"Folder: {data_folder()}, {shutil.disk_usage(place).free / 1e9:.1f} GB free",
    ]
    return "\n".join(lines)


def _doctor(interpreter: Interpreter) -> str:
    """What ``ugmcl doctor`` prints; in a thread."""
    folders = [*map(str, interpreter.first), str(BOOTSTRAP.parents[2])]
    command = [interpreter.python, "-c", _RUN, "doctor", *folders]
    end = time.monotonic() + PATIENCE_S
    with tempfile.TemporaryDirectory() as folder:
        done = watch(
            command,
            clean_environment(interpreter),
            Path(folder) / "doctor.txt",
            lambda: None,
            lambda _lines: end - time.monotonic(),
        )
    ended = "" if done.status == 0 else f"\nugmcl doctor ended with status {done.status}"
    return "\n".join(done.lines).strip() + ended
