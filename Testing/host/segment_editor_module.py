"""`slicer.modules.segmenteditor`."""

from __future__ import annotations


def register_segment_editor() -> None:
    """x."""
