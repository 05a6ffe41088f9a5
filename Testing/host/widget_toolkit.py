"""The Qt application itself, with settings in the host's own folder."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtCore, QtWidgets


def start_qt(home: Path) -> QtWidgets.QApplication:
    """The process's QApplication; QSettings go to `home`, never to the user's own account."""
    settings = QtCore.QSettings
    settings.setDefaultFormat(settings.IniFormat)
    for scope in (settings.UserScope, settings.SystemScope):
        settings.setPath(settings.IniFormat, scope, str(home))
    QtCore.QCoreApplication.setOrganizationName("NA-MIC")
    QtCore.QCoreApplication.setApplicationName("SlicerHost")
    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["host"])
    application.setStyle("Fusion")
    application.setQuitOnLastWindowClosed(True)
    return application
