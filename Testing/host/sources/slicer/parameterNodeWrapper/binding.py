"""Keeping widgets and parameters equal, both ways, for the wrapper in wrapper.py."""

from __future__ import annotations

from typing import Any

import qt
import slicer.util
import vtk

from .connectors import GuiConnector, createGuiConnector

PROPERTY = "SlicerParameterName"


def namedWidgets(gui: Any) -> dict[str, Any]:
    """Parameter name -> widget, of a widget's children or of the members of `childWidgetVariables(...)`."""
    isWidget = getattr(gui, "isWidgetType", None)
    widgets = gui.findChildren(qt.QWidget) if isWidget and isWidget() else list(vars(gui).values())
    return {widget.property(PROPERTY): widget for widget in widgets if widget.property(PROPERTY)}


def findChildWidgetForParameter(widget: Any, parameter: str) -> Any:
    """The child bound to a parameter, or None."""
    return namedWidgets(widget).get(parameter)


class Binding:
    """The connections of one wrapper; several panels may be connected at once.

    It does not hold the wrapper: a wrapper that nobody uses and no panel shows must be gone at once, since
    it would go on writing start values into its node.
    """

    def __init__(self) -> None:
        self.connected: dict[int, tuple[dict[str, GuiConnector], int]] = {}
        self.nextTag = 0
        self.updating = False

    def connect(self, wrapper: Any, mapping: dict[str, Any]) -> int:
        """Show the parameters in their widgets and follow both; RuntimeError for widgets that cannot."""
        connectors = {
            name: widget
            if isinstance(widget, GuiConnector)
            else createGuiConnector(widget, wrapper.dataType(name))
            for name, widget in mapping.items()
        }
        for name, connector in connectors.items():
            connector.write(wrapper.getValue(name))
            connector.onChanged(self._follower(wrapper, name, connector))
        observer = wrapper.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._showAll(wrapper))
        tag, self.nextTag = self.nextTag, self.nextTag + 1
        self.connected[tag] = connectors, observer
        return tag

    def disconnect(self, wrapper: Any, tag: int) -> None:
        connectors, observer = self.connected.pop(tag, ({}, None))
        for connector in connectors.values():
            connector.onChanged(None)
        if observer is not None:
            wrapper.RemoveObserver(observer)

    def _follower(self, wrapper: Any, name: str, connector: GuiConnector) -> Any:
        def widgetChanged() -> None:
            with slicer.util.NodeModify(wrapper):
                if not self.updating:
                    wrapper.setValue(name, connector.read())

        return widgetChanged

    def _showAll(self, wrapper: Any) -> None:
        if self.updating:  # writing to a widget made it report a change
            return
        self.updating = True
        try:
            with slicer.util.NodeModify(wrapper):
                for connectors, _observer in self.connected.values():
                    for name, connector in connectors.items():
                        connector.write(wrapper.getValue(name))
        finally:
            self.updating = False
