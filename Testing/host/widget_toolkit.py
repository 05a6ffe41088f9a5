"""The Qt application itself, with settings in the host's own folder."""

from __future__ import annotations

import ctypes
import logging
import sys
from pathlib import Path

from PySide6 import QtCore, QtWidgets


def start_qt(home: Path) -> QtWidgets.QApplication:
    """The process's QApplication; QSettings go to `home`, never to the user's own account."""
    keep_none_alive()
    QtCore.qInstallMessageHandler(qt_message)
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


def qt_message(kind: QtCore.QtMsgType, context: QtCore.QMessageLogContext, text: str) -> None:
    """Qt's own warnings go to stderr, grave ones to the log; the offscreen platform's refrain is left out."""
    if kind in (QtCore.QtMsgType.QtCriticalMsg, QtCore.QtMsgType.QtFatalMsg):
        logging.error("Qt: %s", text)
    elif "propagateSizeHints" not in text:
        print(text, file=sys.stderr)


def keep_none_alive() -> None:
    """PySide6 6.12 hands out None without counting the reference.

    From Python 3.12 on None is not counted; on 3.11 the count would reach zero after some thousand calls, and
    that ends the process ("none_dealloc"). A count that cannot be used up prevents that.
    """
    if sys.version_info < (3, 12):
        ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40
