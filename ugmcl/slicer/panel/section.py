"""What the sections of the panel have in common."""

from __future__ import annotations

from typing import Any

import qt
import slicer

from ugmcl.errors import UserError


class Section:
    """A part of the panel with one purpose.

    Args:
        root: the widget that holds its children, by the names of the .ui.
        widget: the module's; has ``logic``, ``parameters``, ``section(Class)``, ``result()``.

    Attributes:
        ui: the children by name.
        parameters: the scene's settings, or None while a scene closes.
    """

    def __init__(self, root: Any, widget: Any) -> None:
        self.root, self.widget = root, widget
        self.ui = slicer.util.childWidgetVariables(root)
        self.parameters: Any = None

    def connect(self, parameters: Any) -> None:
        """Follow these settings."""
        self.parameters = parameters

    def disconnect(self) -> None:
        """Let go of the settings: the scene closes, or the module does."""
        self.parameters = None

    def refresh(self) -> None:
        """Show the settings; called after every change of one, when there are any."""

    def enter(self) -> None:
        """The module is shown again."""

    def cleanup(self) -> None:
        """The module goes away."""


def show_icon(label: Any, kind: str) -> None:
    """Puts the system's small icon "information", "warning" or "critical" on a label; "" hides it."""
    if not kind:
        label.hide()
        return
    style = slicer.app.style()
    icons = {
        "information": qt.QStyle.SP_MessageBoxInformation,
        "warning": qt.QStyle.SP_MessageBoxWarning,
        "critical": qt.QStyle.SP_MessageBoxCritical,
    }
    size = style.pixelMetric(qt.QStyle.PM_SmallIconSize)
    label.setPixmap(style.standardIcon(icons[kind]).pixmap(size, size))
    label.show()


def sentence(fault: UserError) -> str:
    """A user's error as a sentence: with a capital letter unless it begins with a name."""
    text = str(fault)
    return text if fault.where else text[:1].upper() + text[1:]


def set_text(label: Any, text: str) -> None:
    """Shows a sentence; nothing takes no space."""
    label.setText(text)
    label.setVisible(bool(text))


def set_enabled(control: Any, reason: str) -> None:
    """Enabled without a ``reason``, else disabled with the reason as its tool tip; its own tip comes back."""
    tip = control.property("ownToolTip")
    if not tip:
        tip = control.toolTip
        control.setProperty("ownToolTip", tip)
    control.setEnabled(not reason)
    control.setToolTip(reason or tip)
