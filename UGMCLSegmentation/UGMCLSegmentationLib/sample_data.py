"""The bundled cases in Slicer's Sample Data module: image and reference, offline, checked, with pictures.

The files come from the extension's own folder by ``file:`` addresses; Sample Data copies them into its cache
and compares their SHA-256. Nothing is fetched from a network.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.samples import Sample, demo_sample, list_samples, verify

CATEGORY = "UG-MCL"
_ICONS = Path(__file__).resolve().parents[1] / "Resources" / "Icons"


@dataclass(frozen=True)
class SampleNodes:
    """What loading a case adds to the scene."""

    volume: Any  # vtkMRMLScalarVolumeNode
    reference: Any  # vtkMRMLSegmentationNode: the expert's outlines


def register_sample_data() -> None:
    """Offers the bundled cases in Sample Data; called once Slicer has started. Harmless when called again."""
    try:
        from SampleData import SampleDataLogic
    except ImportError:
        logging.info("UG-MCL: this Slicer has no Sample Data module; the bundled cases are not listed there")
        return
    try:
        samples = list_samples()
    except UserError as error:
        logging.warning("UG-MCL: %s", error)
        return
    if hasattr(SampleDataLogic, "registerCustomSampleDataCategory"):  # Slicer 5.12
        SampleDataLogic.registerCustomSampleDataCategory(
            CATEGORY, title=_("UG-MCL (segmentation with uncertainty)")
        )
    known = {source.sampleName for source in SampleDataLogic.sampleDataSourcesByCategory(CATEGORY)}
    for sample in samples:
        if sample.id not in known:
            SampleDataLogic.registerCustomSampleDataSource(**source_arguments(sample))


def source_arguments(sample: Sample) -> dict[str, Any]:
    """What Sample Data is told of one case: the image first, then the reference."""
    files = (sample.image, sample.reference)
    return {
        "category": CATEGORY,
        "sampleName": sample.id,
        "uris": [path.as_uri() for path in files],
        "fileNames": [f"UGMCL_{sample.id}.nii.gz", f"UGMCL_{sample.id}_reference.nii.gz"],
        "nodeNames": [sample.id, f"{sample.id} reference"],
        "loadFileTypes": ["VolumeFile", "SegmentationFile"],
        "checksums": [f"SHA256:{sample.sha256[name]}" for name in ("image", "reference")],
        "thumbnailFileName": str(_ICONS / f"{sample.id}.png"),
        "customDownloader": load_clicked_sample,
    }


def load_clicked_sample(source: Any) -> list[Any]:
    """What a click on a thumbnail does: loads the case, or says in a window why not.

    Args:
        source: Sample Data's description of the case.
    """
    with slicer.util.tryWithErrorDisplay(_("The sample could not be loaded."), waitCursor=True):
        nodes = load_sample(source.sampleName)
        slicer.util.setSliceViewerLayers(background=nodes.volume, fit=True)
        return [nodes.volume, nodes.reference]
    return []


def load_sample(sample_id: str = "") -> SampleNodes:
    """Adds a bundled case to the scene: the image, and the reference with the segments' names and colours.

    Args:
        sample_id: as in Sample Data, "hippocampus_335"; empty: the case of the tutorial.

    Raises:
        UserError: there is no such case, a file is missing or damaged, or Slicer could not read it.
    """
    from SampleData import SampleDataLogic, SampleDataSource

    sample = verify(_sample(sample_id))
    arguments = source_arguments(sample)
    for name in ("category", "customDownloader"):
        del arguments[name]
    nodes = SampleDataLogic().downloadFromSource(SampleDataSource(**arguments))
    if len(nodes) != 2:
        raise UserError("Slicer could not read this sample", sample.id, "See the application's error log")
    volume, reference = nodes
    name_segments(reference, sample)
    reference.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    return SampleNodes(volume, reference)


def name_segments(reference: Any, sample: Sample) -> None:
    """Gives the segments of a loaded reference the registry's names and colours, by their label values."""
    segmentation = reference.GetSegmentation()
    for segment_id in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segment_id)
        if segment.GetLabelValue() in sample.segments:
            name, colour = sample.segments[segment.GetLabelValue()]
            segment.SetName(name)
            segment.SetColor(*colour)


def _sample(sample_id: str) -> Sample:
    if not sample_id:
        return demo_sample()
    for sample in list_samples():
        if sample.id == sample_id:
            return sample
    names = ", ".join(sample.id for sample in list_samples())
    raise UserError("there is no such sample", sample_id, f"There are {names}")
