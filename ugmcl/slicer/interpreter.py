"""Which Python computes: the user's own, the private environment, or Slicer's when torch is there."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ugmcl import __version__
from ugmcl.jobs.environment import environment_folder as folder_for
from ugmcl.jobs.installation import ABOUT
from ugmcl.jobs.json_files import read_json
from ugmcl.jobs.launch import Interpreter
from ugmcl.jobs.pins import MINIMUM
from ugmcl.slicer import settings

NEEDED = MINIMUM


@dataclass(frozen=True)
class Found:
    """What computes (None: nothing yet), and how to say it."""

    interpreter: Interpreter | None
    words: str


def find_interpreter() -> Found:
    """Looks at files and metadata only; nothing is imported or started."""
    own = settings.own_python()
    if own:
        if not Path(own).is_file():
            return Found(None, _("The chosen Python does not exist: {path}").format(path=own))
        environment = dict(slicer.util.startupEnvironment())
        return Found(
            Interpreter(own, environment=environment),
            _("Computed by your own Python: {path}").format(path=own),
        )
    folder = environment_folder()
    if folder.is_dir():
        return Found(
            Interpreter(slicer_python(), (folder,)),
            _private_words(folder),
        )
    lacking = [name for name, lowest in NEEDED.items() if _numbers(_version(name)) < _numbers(lowest)]
    if not lacking:
        return Found(
            Interpreter(slicer_python()),
            _("Computed by Slicer's Python with PyTorch {version}").format(version=_version("torch")),
        )
    words = _("The computation is not set up on this computer yet.")
    if "torch" not in lacking and _version("torch"):
        has = _("Slicer's Python has PyTorch {version}, but not what else is needed ({names}).")
        words = f"{words} {has.format(version=_version('torch'), names=', '.join(lacking))}"
    return Found(None, words)


def _private_words(folder: Path) -> str:
    """What computes there, and why not the graphics card."""
    about = read_json(folder / ABOUT) or {}
    text = _("Computed by the private environment with PyTorch {version}: {path}").format(
        version=about.get("torch", "?"), path=folder
    )
    remark = str(about.get("remark") or "")
    return f"{text}. {remark[:1].upper()}{remark[1:]}." if remark else text


def environment_folder() -> Path:
    """Of the private environment for this Slicer and this version of ours; it need not exist."""
    app = slicer.app
    version = getattr(app, "applicationVersion", "") or f"{app.majorVersion}.{app.minorVersion}"
    return folder_for(str(version), __version__)


def slicer_python() -> str:
    """PythonSlicer: inside of Slicer `sys.executable` is set to it where it is on the PATH."""
    if "python" in Path(sys.executable or "").name.lower():
        return sys.executable
    return shutil.which("PythonSlicer") or "PythonSlicer"


def _numbers(version: str) -> tuple[int, ...]:
    """Of "2.13.0+cpu": (2, 13, 0); () of ""."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:3])


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
