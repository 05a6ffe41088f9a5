"""Segmentation and uncertainty as files that other programs read."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import slicer

from UGMCLSegmentationLib.export.label_of_node import label_of_node, world_affine

FORMATS = {"nrrd": (".seg.nrrd", ".nrrd"), "nifti": (".nii.gz", ".nii.gz")}


def export_files(segmentation: Any, volume: Any, uncertainty: Any, folder: Path, form: str) -> list[Path]:
    """Write NAME.seg.nrrd (or .nii.gz) and NAME_uncertainty; nothing is replaced.

    Args:
        segmentation: node.
        volume: its image, whose grid the files have.
        uncertainty: volume node, or None.
        folder: must exist.
        form: a key of FORMATS; NRRD keeps names, colours, codes and oblique axes exactly.

    Returns:
        The files.

    Raises:
        UserError: what `label_of_node` says, or the folder cannot be written.
    """
    from ugmcl.volumes.segmentation_files import write_segmentation
    from ugmcl.volumes.writing import write_image

    label = label_of_node(segmentation, volume)
    label_suffix, map_suffix = FORMATS[form]
    name = free_name(folder, file_name(segmentation.GetName()), (label_suffix, f"_uncertainty{map_suffix}"))
    files = [write_segmentation(folder / f"{name}{label_suffix}", label.labels, label.affine, label.segments)]
    if uncertainty is not None:
        array = slicer.util.arrayFromVolume(uncertainty)
        files.append(
            write_image(folder / f"{name}_uncertainty{map_suffix}", array, world_affine(uncertainty))
        )
    return files


def file_name(text: str) -> str:
    """A node's name, which is a user's text, as a file name: plain letters, digits, minus, underscore."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_")[:80] or "segmentation"


def free_name(folder: Path, name: str, suffixes: tuple[str, ...]) -> str:
    """``name``, with a number where a file of one of the suffixes is there already."""
    number = 1
    while any((folder / f"{name}{'' if number == 1 else f'_{number}'}{s}").exists() for s in suffixes):
        number += 1
    return name if number == 1 else f"{name}_{number}"
