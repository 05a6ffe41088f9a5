"""What is done with a run's model, in functions for a thread; and the Segmentation module told of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import slicer

from ugmcl.models.description import ModelPackage
from ugmcl.models.exchange import export_model


def export_to(package: ModelPackage, archive: Path) -> Path:
    """Write the model's zip; a file that is there was given up by the user in the dialog.

    Raises:
        UserError: the model is damaged, or the file cannot be written.
    """
    part = archive.with_name(f".{archive.name}.{os.getpid()}.zip")
    try:
        export_model(package, part)
        os.replace(part, archive)
    finally:
        part.unlink(missing_ok=True)
    return archive


def offer_model(model_id: str) -> None:
    """Choose this model in the Segmentation module, where it was opened; else its list has it when it is."""
    widget: Any = getattr(slicer.modules, "UGMCLSegmentationWidget", None)
    if widget is None:
        return
    reload_models(widget)
    if model_id and widget.parameters is not None:
        widget.parameters.model = model_id


def reload_models(widget: Any) -> None:
    """The Segmentation module lists what is in the library now."""
    for section in widget.sections:
        if hasattr(section, "reload_models"):
            section.reload_models()
    widget.refresh_soon()
