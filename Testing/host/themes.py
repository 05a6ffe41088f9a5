"""The two themes that Slicer offers: Fusion with a light or a dark palette."""

from __future__ import annotations

from PySide6 import QtGui, QtWidgets

Role = QtGui.QPalette
LIGHT = {
    Role.Window: "#efefef",
    Role.WindowText: "#000000",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f5f5f5",
    Role.Text: "#000000",
    Role.Button: "#efefef",
    Role.ButtonText: "#000000",
    Role.ToolTipBase: "#ffffdc",
    Role.ToolTipText: "#000000",
    Role.Highlight: "#308cc6",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#0000ff",
    Role.PlaceholderText: "#808080",
    Role.BrightText: "#ffffff",
    Role.Mid: "#b8b8b8",
}
DARK = {
    Role.Window: "#353535",
    Role.WindowText: "#ffffff",
    Role.Base: "#232323",
    Role.AlternateBase: "#2d2d2d",
    Role.Text: "#ffffff",
    Role.Button: "#353535",
    Role.ButtonText: "#ffffff",
    Role.ToolTipBase: "#353535",
    Role.ToolTipText: "#ffffff",
    Role.Highlight: "#2a82da",
    Role.HighlightedText: "#000000",
    Role.Link: "#5aa9f8",
    Role.PlaceholderText: "#9a9a9a",
    Role.BrightText: "#ff5050",
    Role.Mid: "#5a5a5a",
}
GREYED = (Role.WindowText, Role.Text, Role.ButtonText)
PALETTES = {"light": (LIGHT, "#a0a0a0"), "dark": (DARK, "#7f7f7f")}


def apply_theme(name: str) -> None:
    """Colour the whole application."""
    colors, grey = PALETTES[name]
    palette = QtGui.QPalette(QtGui.QColor(colors[Role.Button]), QtGui.QColor(colors[Role.Window]))
    for role, color in colors.items():
        palette.setColor(role, QtGui.QColor(color))
    for role in GREYED:
        palette.setColor(QtGui.QPalette.Disabled, role, QtGui.QColor(grey))
    QtWidgets.QApplication.setStyle("Fusion")
    QtWidgets.QApplication.setPalette(palette)
