"""Stand-ins for the widgets that Slicer adds to Qt; all appear as `slicer.<name>`."""

from __future__ import annotations

import sys
import types

import slicer


def install_mrml_widgets() -> None:
    """Put the widget classes into the module `slicer`; `qt` and `ctk` must be in place."""
    from host.mrml_widgets import (
        checkable_node_combo_box,
        color_table,
        mrml_widget,
        node_combo_box,
        numbers,
        plot_view,
        segment_editor,
        segment_selector,
        segments_table,
        subject_hierarchy,
        table_view,
    )

    rooms = (
        checkable_node_combo_box,
        color_table,
        mrml_widget,
        node_combo_box,
        numbers,
        plot_view,
        segment_editor,
        segment_selector,
        segments_table,
        subject_hierarchy,
        table_view,
    )
    for room in rooms:
        for name, value in vars(room).items():
            if name.startswith(("qMRML", "qSlicer")):
                setattr(slicer, name, value)
    widgets_module = types.ModuleType("qSlicerSegmentationsModuleWidgetsPythonQt")
    for name in ("qMRMLSegmentEditorWidget", "qMRMLSegmentsTableView", "qMRMLSegmentSelectorWidget"):
        setattr(widgets_module, name, getattr(slicer, name))
    sys.modules[widgets_module.__name__] = widgets_module
