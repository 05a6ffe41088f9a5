"""The module `ctk`: stand-ins for the widgets of the Common Toolkit that Slicer's modules use."""

from __future__ import annotations

import sys
import types


def install_ctk() -> None:
    """Register the module `ctk`; `qt` must be in place."""
    from host.ctk_widgets import buttons, collapsible_button, numbers, paths, ranges, texts

    module = types.ModuleType("ctk")
    sys.modules["ctk"] = module
    for room in (buttons, collapsible_button, numbers, paths, ranges, texts):
        for name, value in vars(room).items():
            if name.startswith("ctk"):
                setattr(module, name, value)
