"""Collects what a user would find in Slicer's error log: logged errors, exceptions in slots, VTK errors."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import vtk

# Said by MRML because Slicer's resource files are not in the host; nothing is wrong with the module.
HARMLESS = (
    "GenericColors.txt",
    "ColorFiles",
    ".term.json",
    "bad X server connection",
    "vtkMRMLColorLogic",
    "vtkMRMLColorLegendDisplayableManager",
)


class ErrorLog(logging.Handler):
    """Sits in logging, in sys.excepthook (slots and VTK observers end there) and in VTK's output."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._messages: list[str] = []
        logging.getLogger().addHandler(self)
        self._hook = sys.excepthook
        sys.excepthook = self.uncaught
        self._window = vtk.vtkOutputWindow.GetInstance()
        self._window.SetDisplayModeToNever()
        self._window.AddObserver("ErrorEvent", self._vtk_error)

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + "".join(traceback.format_exception(*record.exc_info))
        self._messages.append(text)

    def uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception that nobody caught: in Slicer it is printed, and the application goes on."""
        self._messages.append("".join(traceback.format_exception(kind, error, trace)))
        self._hook(kind, error, trace)

    @vtk.calldata_type(vtk.VTK_STRING)
    def _vtk_error(self, caller: object, event: str, text: str = "") -> None:
        if not any(word in text for word in HARMLESS):
            self._messages.append(text)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What VTK says meanwhile is neither printed nor kept."""
        verbosity = vtk.vtkLogger.GetCurrentVerbosityCutoff()
        vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_OFF)
        before = len(self._messages)
        yield
        del self._messages[before:]
        vtk.vtkLogger.SetStderrVerbosity(verbosity)

    def drain(self) -> list[str]:
        """The messages since the last call."""
        messages, self._messages = self._messages, []
        return messages
