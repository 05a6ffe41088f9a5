"""Puts `slicer`, `qt` and `ctk` in place, once per process, in the order in which they need each other."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from host.places import OWN_SOURCES, checkout_sample_data

if TYPE_CHECKING:
    from host.host import Host

QUIET = {"QT_QPA_PLATFORM": "offscreen", "VTK_DEFAULT_OPENGL_WINDOW": "vtkOSOpenGLRenderWindow"}
started: list[Host] = []


def start_host(
    *, sources: str | None = None, home: Path | None = None, visible: bool = False, testing: bool = True
) -> Host:
    """The host of this process; later calls return the same one.

    `sources` is Base/Python of a Slicer checkout (default: environment variable SLICER_PYTHON_DIR; without it
    the host's own replacements serve), `home` a folder for settings and temporary files. `visible` opens a
    window on the screen; with `testing`, `slicer.app.testingEnabled()` is true and message boxes are logged.
    """
    if started:
        return started[0]
    environment = {"VTK_DEFAULT_OPENGL_WINDOW": QUIET["VTK_DEFAULT_OPENGL_WINDOW"]} if visible else QUIET
    for name, value in environment.items():
        os.environ.setdefault(name, value)
    home = Path(home) if home else Path(tempfile.mkdtemp(prefix="host-"))
    place = sources or os.environ.get("SLICER_PYTHON_DIR")
    started.append(build_host(Path(place) if place else None, home, testing))
    return started[0]


def build_host(sources: Path | None, home: Path, testing: bool) -> Host:
    """Qt first, then CTK and Slicer's widgets, then the application, then Slicer's Python sources."""
    from host.widget_toolkit import start_qt

    start_qt(home)
    from host.ctk_widgets import install_ctk
    from host.qt_module import install_qt

    qt = install_qt()
    install_ctk()
    from host.errors import ErrorLog

    errors = ErrorLog()
    from host.application import Application

    application = Application(home, testing)
    from host.mrml_widgets import install_mrml_widgets
    from host.slicer_names import install_names

    install_names(application)
    install_mrml_widgets()
    from host.qt_module.ui_loader import QUiLoader

    qt.QUiLoader = QUiLoader
    with errors.quiet():  # Slicer's resource files are absent: its logics say so, once
        application.build_logics()
    add_sources(sources)
    from host.host import Host

    host = Host(application, errors, sources)
    host.build_window()
    host.load_bundled_modules()
    return host


def add_sources(sources: Path | None) -> None:
    """Make `slicer.ScriptedLoadableModule`, `slicer.parameterNodeWrapper`, `slicer.i18n` importable.

    Only now: `import slicer` imports every module of a `slicer` folder that it finds on sys.path.
    """
    import slicer

    slicer.__path__.append(str((sources or OWN_SOURCES) / "slicer"))
    if checkout_sample_data(sources) is None and str(OWN_SOURCES) not in sys.path:
        sys.path.append(str(OWN_SOURCES))  # SampleData
