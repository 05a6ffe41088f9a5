"""What tests, screenshots and the window use: the application, its window, and a user's hands and eyes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from host import gestures, themes
from host.errors import ErrorLog
from host.garbage import Garbage
from host.main_window import WINDOW_SIZE, qSlicerMainWindow
from host.messages import MessageLog
from host.module_loading import load_scripted_module
from host.pauses import PauseWatch
from host.places import checkout_sample_data
from host.views.layout_manager import LayoutManager

Deferred = QtCore.QEvent.DeferredDelete


class Host:
    """One per process; `reset()` brings it back to an empty scene with no panels."""

    def __init__(self, application: Any, errors: ErrorLog, sources: Path | None) -> None:
        self.app = application
        self.scene = application.mrmlScene()
        self.sources = sources
        self._errors = errors
        self._messages = MessageLog()
        self._pauses = PauseWatch()
        self._garbage = Garbage()
        self._window: Any = None
        self._theme = ""

    # The window and its modules

    def build_window(self) -> None:
        """Main window with module panel and views, not yet shown."""
        layout = LayoutManager(self.app)
        self.app.use_layout(layout)
        self._window = qSlicerMainWindow(layout)

    @property
    def window(self) -> qSlicerMainWindow:
        """The main window, shown."""
        self.show()
        return self._window

    def show(self) -> None:
        """Show the main window."""
        if not self._window.isVisible():
            self._window.show()
            self._window.activateWindow()
            self.process_events()

    def load_bundled_modules(self) -> None:
        """Modules that every Slicer has and that ours lean on."""
        from host.segment_editor_module import register_segment_editor

        register_segment_editor()
        sample_data = checkout_sample_data(self.sources)
        if sample_data is not None:
            self.load_module(sample_data)

    def load_module(self, path: str | Path) -> Any:
        """Load a scripted module's file and tell it that start-up is complete; the imported module."""
        source = load_scripted_module(Path(path))
        self.app.fire("startupCompleted")
        self.app.disconnect("startupCompleted()")
        return source

    def open(self, name: str) -> Any:
        """Show a module's panel in the main window; the module's widget instance."""
        self.window.select_module(name)
        self.process_events()
        module = self.app.moduleManager().module(name)
        return module.widgetRepresentation().self()

    def close_scene(self) -> None:
        """What File > Close scene does."""
        self.scene.Clear(0)
        self.process_events()

    def reset(self) -> None:
        """An empty scene, no panels, no errors, no pauses: the next test starts afresh."""
        self.window.leave_module()
        for module in self.app.moduleManager().scripted():
            module.forget_representation()
        for top in QtWidgets.QApplication.topLevelWidgets():
            if top is not self._window and top.isVisible():
                top.close()
        self.process_events()
        self.scene.Clear(0)
        for node in slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode"):
            self.scene.RemoveNode(node)
        self.app.layoutManager().reset()
        self._window.resize(*WINDOW_SIZE)
        self.theme("light")
        self._garbage.collect()
        self._errors.drain()
        self._messages.drain()
        self._pauses.start()

    # Time

    def process_events(self, seconds: float = 0) -> None:
        """Let Qt work off what waits, for `seconds` at least."""
        end = time.monotonic() + seconds
        self._pauses.resume()
        while True:
            QtWidgets.QApplication.processEvents()
            QtWidgets.QApplication.sendPostedEvents(None, Deferred)
            if time.monotonic() >= end:
                break
            time.sleep(0.005)
        self._pauses.suspend()

    def wait_until(self, condition: Callable[[], Any], timeout_s: float, what: str = "the condition") -> Any:
        """Let Qt work until `condition()` is true; its value. AssertionError after `timeout_s` seconds."""
        end = time.monotonic() + timeout_s
        while not (value := condition()):
            if time.monotonic() > end:
                errors = "\n".join(self._errors.drain())
                raise AssertionError(f"Waited {timeout_s:g} s in vain for {what}. {errors}")
            self.process_events(0.01)
        return value

    def start_pause_watch(self) -> None:
        """Forget earlier pauses."""
        self._pauses.start()

    def longest_pause(self) -> float:
        """Seconds of the longest time in which the window could not react, since the watch was started."""
        return self._pauses.longest()

    # Hands

    def click(self, widget: Any) -> None:
        """A left click of the mouse; AssertionError when a user could not click there."""
        self._do(gestures.click, widget)

    def type_text(self, widget: Any, text: str) -> None:
        """Replace a field's text by typing."""
        self._do(gestures.type_text, widget, text)

    def press(self, keys: str, widget: Any = None) -> None:
        """Press keys ("Ctrl+Z", "N") in the focused widget, the given one or the main window."""
        self._do(gestures.press, keys, widget or QtWidgets.QApplication.focusWidget() or self.window)

    def choose(self, combo: Any, text: str) -> None:
        """Choose an entry of a combo box or node selector by its text."""
        self._do(gestures.choose, combo, text)

    def _do(self, gesture: Callable[..., None], *arguments: Any) -> None:
        self.window.activateWindow()
        self._pauses.resume()
        try:
            gesture(*arguments)
        except AssertionError as fault:  # what went wrong before often says why the hand cannot
            if errors := self.errors():
                raise AssertionError("\n".join([str(fault), "Errors before:", *errors])) from fault
            raise
        self.process_events()

    # Eyes

    def screenshot(self, path: str | Path, widget: Any = None) -> Path:
        """A picture of the main window (or of `widget`) with all views drawn; the path of the PNG file."""
        self.show()
        self.app.layoutManager().draw_all()
        self.process_events(0.05)
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (widget or self._window).grab().save(str(path)):
            raise OSError(f"The picture {path} could not be written.")
        return path

    def theme(self, name: str) -> None:
        """The theme "light" or "dark", as in Slicer's application settings."""
        if name != self._theme:
            themes.apply_theme(name)
            self._theme = name
        self.process_events()

    def errors(self) -> list[str]:
        """What went wrong since the last call: logged errors, uncaught exceptions, VTK errors."""
        return self._errors.drain()

    def messages(self) -> list[tuple[str, str]]:
        """The message boxes that would have appeared since the last call: (level, text)."""
        return self._messages.drain()

    def close(self) -> None:
        """Take everything down in the order that does not crash: panels, scene, views, window."""
        self.reset()
        self.app.fire("aboutToQuit")
        with self._errors.quiet():  # displayable managers complain while they are taken apart
            self.app.layoutManager().close()
            self._window.close()
            self.process_events()
