"""One case from image to result: frame, predict, look for regions, bring back to the input's grid, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ugmcl.errors import UserError
from ugmcl.framing.frame import FramedImage, frame_image
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.models.weights import load_network
from ugmcl.segmentation import report as reporting
from ugmcl.segmentation.confidence import pass_confidence
from ugmcl.segmentation.excess import rim_excess
from ugmcl.segmentation.further_maps import further_maps
from ugmcl.segmentation.islands import absent_classes, find_islands
from ugmcl.segmentation.locator import Located, box_around, is_larger
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.postprocess import (
    fill_holes,
    keep_classes,
    keep_largest_component,
    label_on_input_grid,
)
from ugmcl.segmentation.prediction import Prediction
from ugmcl.segmentation.predictor import Predictor
from ugmcl.segmentation.regions import RegionMaps, find_regions
from ugmcl.segmentation.result import SegmentationResult
from ugmcl.segmentation.rim import RimProfile
from ugmcl.segmentation.warnings import familiarity_warnings, result_warnings
from ugmcl.volumes.reading import case_name, read_image
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.volume import Volume

Image = Volume | str | Path | Sequence[str | Path]


def segment_case(
    image: Image,
    model: ModelPackage,
    options: SegmentOptions | None = None,
    reporter: Reporter = SILENT,
) -> SegmentationResult:
    """Segment one image with its uncertainty.

    Args:
        image: a volume, a file, a folder with one DICOM series, or one file per channel.
        model: the package to use.
        options: what to do and what to give back.
        reporter: told about stages and progress; its `check` may end the work.

    Raises:
        UserError: the image cannot be read or does not fit the model.
        Stopped: the user asked for the end.
    """
    return Segmenter(model, options).segment(image, reporter)


class Segmenter:
    """A model that is loaded once and segments case after case."""

    def __init__(
        self, model: ModelPackage, options: SegmentOptions | None = None, *, network: nn.Module | None = None
    ) -> None:
        self.model, self.options = model, options or SegmentOptions()
        self.names = reporting.names_of(model.segments)
        self.kept = kept_segments(model.segments, self.options.segments)
        self.rim, self._rim_fault = _rim_profile(model)
        self.predictor = Predictor(
            network if network is not None else load_network(model),
            passes=self.options.passes or model.uncertainty.passes,
            temperature=model.uncertainty.temperature,
            patch_zyx=model.input.patch_zyx,
            device=self.options.device,
            precision=self.options.precision,
            memory_budget=self.options.memory_budget,
            flip_axes=model.uncertainty.flip_axes,
        )

    def segment(
        self, image: Image, reporter: Reporter = SILENT, *, name: str | None = None
    ) -> SegmentationResult:
        """Segment one image; see `segment_case`. ``name`` is the case's, from the file's name by default."""
        clock = _Clock(reporter)
        with clock.stage("Reading the image", "reading_s"):
            volume = image if isinstance(image, Volume) else read_image(image)  # type: ignore[arg-type]
            name = name or (case_name(volume.path) if volume.path is not None else "volume")
        located = None
        if self.options.roi is None and self.options.locate and is_larger(volume, self.model.input):
            with clock.stage("Looking for the structure", "locating_s"):
                located = self.locate(volume, reporter)
        with clock.stage("Preparing the image", "framing_s"):
            roi = self.options.roi if located is None else located.box_lps_mm
            framed = frame_image(volume, self.model.input, roi_lps_mm=roi)
            warnings = [*self._rim_fault, *familiarity_warnings(volume, framed, self.model.input)]
            warnings += [] if located is None else [located.sentence()]
        with clock.stage("Segmenting", "network_s"):
            prediction = self.predictor.predict(framed.array, reporter=reporter)
        with clock.stage("Looking for uncertain regions", "regions_s"):
            found = self._look(prediction, framed)
        with clock.stage("Bringing the result back to the image's grid", "resampling_s"):
            classes, uncertainty = label_on_input_grid(prediction.probability, framed)
            classes = self._clean(classes, uncertainty)
            maps = further_maps(self.options.maps, prediction, framed, self.kept, found["regions"])
        warnings += result_warnings(found["labels"], self.names, self.model.input, has_roi=roi is not None)
        counts = np.bincount(classes.ravel(), minlength=len(self.names))
        report = self._report(volume, name, prediction, found, counts, warnings, clock)
        report["located"] = None if located is None else located.to_json()
        for text in warnings:
            reporter.message(text, "warning")
        return SegmentationResult(
            name=name,
            image=volume,
            label=Volume(self._values(classes), volume.affine),
            uncertainty=Volume(uncertainty, volume.affine),
            maps={kind: Volume(values, volume.affine) for kind, values in maps.items()},
            segments=tuple(self.kept.values()),
            regions=tuple(found["regions"]),
            report=report,
            options=self.options,
            framed=framed,
            prediction=prediction,
        )

    def locate(self, volume: Volume, reporter: Reporter = SILENT) -> Located | None:
        """The box of the structure in a large volume by one plain pass; None where it finds none."""
        framed = frame_image(volume, self.model.input)
        plain = Predictor(
            self.predictor.network,
            passes=1,
            patch_zyx=self.model.input.patch_zyx,
            device=self.options.device,
            precision=self.options.precision,
            memory_budget=self.options.memory_budget,
        )
        prediction = plain.predict(framed.array, disagreement=False, reporter=reporter)
        return box_around(prediction.labels, prediction.probability, framed, volume, self.model.input)

    def _look(self, prediction: Prediction, framed: FramedImage) -> dict[str, Any]:
        """Regions, islands, absent classes and agreement, on the model's grid."""
        labels, u = prediction.labels, prediction.uncertainty
        maps = RegionMaps(u, labels, framed.affine, prediction.probability, prediction.disagreement)
        excess = rim_excess(u, labels, maps.spacing_zyx, self.rim)
        voxel_ml = float(np.prod(maps.spacing_zyx)) / 1000.0
        classes = len(self.names)
        return {
            "labels": labels,
            "excess": excess,
            "regions": find_regions(maps, excess=excess),
            "islands": find_islands(labels, u, framed.affine, classes),
            "absent": absent_classes(labels, classes),
            "confidence": pass_confidence(prediction.pass_labels, classes, voxel_ml),
        }

    def _clean(self, classes: NDArray[np.uint8], uncertainty: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The subset, the largest pieces, filled holes: as asked for, in this order."""
        classes = keep_classes(classes, set(self.kept))
        asked = self.options.largest_component
        if self.model.one_piece if asked is None else asked:
            classes = keep_largest_component(classes, len(self.names), uncertainty)
        if self.options.fill_holes:
            classes = fill_holes(classes, len(self.names))
        return classes

    def _values(self, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Class indices to the segments' label values."""
        table = np.zeros(256, dtype=np.uint8)
        for c, segment in self.kept.items():
            table[c] = segment.value
        return table[classes]

    def _report(
        self,
        volume: Volume,
        name: str,
        prediction: Prediction,
        found: dict[str, Any],
        counts: NDArray[np.int64],
        warnings: list[str],
        clock: _Clock,
    ) -> dict[str, Any]:
        confidence_map = self.model.uncertainty.confidence_map
        excess, labels = found["excess"], found["labels"]
        empty = not prediction.pass_labels.any()
        return {
            "format": reporting.FORMAT,
            "name": name,
            "model": reporting.describe_model(self.model),
            "input": reporting.describe_input(volume),
            "segments": reporting.segment_rows(
                self.kept, counts, volume.voxel_volume_ml, found["confidence"], excess, labels, confidence_map
            ),
            "confidence": reporting.case_confidence(found["confidence"], empty, self.model),
            "surface": reporting.describe_surface(excess, labels, self.kept),
            "regions": [
                {"rank": rank, **region.to_json(self.names)}
                for rank, region in enumerate(found["regions"], start=1)
            ],
            "regions_from": excess.mode,
            "islands": [island.to_json(self.names) for island in found["islands"]],
            "absent": [self.names[c] for c in found["absent"]],
            "warnings": warnings,
            "settings": self.options.settings(),
            "way": prediction.way,
            "timings": clock.seconds(),
            "created": reporting.timestamp(),
            "versions": reporting.versions(),
            "key": reporting.result_key(volume, self.model, self.options),
            "purpose": "research software, not for clinical decisions",
        }


def _rim_profile(model: ModelPackage) -> tuple[RimProfile | None, list[str]]:
    """The model's rim profile; one that cannot be read is a warning, since the case's own rim serves too."""
    if model.uncertainty.rim is None:
        return None, []
    try:
        return RimProfile.from_json(model.uncertainty.rim), []
    except (ValueError, KeyError, TypeError) as error:
        return None, [
            f"the model's rim profile cannot be used ({error}); regions are ranked by this case's own"
        ]


def kept_segments(segments: Sequence[Segment], wanted: Sequence[str] | None) -> dict[int, Segment]:
    """Segments by class index (1..C-1), those named in ``wanted`` or all.

    Raises:
        UserError: a name that the model does not have.
    """
    by_class = dict(enumerate(segments, start=1))
    if wanted is None:
        return by_class
    known = {segment.name.casefold() for segment in segments}
    for word in wanted:
        if word.casefold() not in known:
            names = ", ".join(segment.name for segment in segments)
            raise UserError(f"the model has no segment {word}", "segments", f"Choose from {names}")
    chosen = {word.casefold() for word in wanted}
    return {c: segment for c, segment in by_class.items() if segment.name.casefold() in chosen}


class _Clock:
    """Stages told to the reporter and their seconds kept for the report."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter, self._began = reporter, time.perf_counter()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, words: str, key: str) -> Iterator[None]:
        self._reporter.check()
        self._reporter.stage(words)
        start = time.perf_counter()
        yield
        self._seconds[key] = time.perf_counter() - start

    def seconds(self) -> dict[str, float]:
        total = time.perf_counter() - self._began
        return {key: round(value, 3) for key, value in {**self._seconds, "total_s": total}.items()}
