"""Fit what a model's uncertainty needs, and say how good it is: from validation cases, never from test cases.

Temperature first, from single passes; then rim profile and expected Dice at that temperature. What is
fitted is judged on cases that were left out of the fit: calibration error with the temperature of the other
cases, regions with the rim of the other cases. Confidence is judged on clean and degraded images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ugmcl.data.dataset import Case, Dataset, load_dataset
from ugmcl.errors import UserError
from ugmcl.evaluation.calibration_figures import calibration_figures
from ugmcl.evaluation.confidence_map import fit_confidence_map
from ugmcl.evaluation.degradations import Degrade, degradations
from ugmcl.evaluation.references import matched_classes, read_reference
from ugmcl.evaluation.reliability import reliability
from ugmcl.evaluation.temperature import Sample, fit_temperature, thinned
from ugmcl.evaluation.uncertain_case import CLEAN, UncertainCase, judge_case, regions_share
from ugmcl.evaluation.uncertainty import UncertaintyEvaluation, classes_of, confidence_pairs, summarise
from ugmcl.evaluation.voxels import UNKNOWN, near_segments
from ugmcl.framing.frame import FramedImage, frame_image, frame_label
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage, UncertaintySpec
from ugmcl.models.weights import load_network
from ugmcl.segmentation.boundary import find_boundary
from ugmcl.segmentation.predictor import Predictor
from ugmcl.segmentation.rim import RimHistogram
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.volume import Volume

Degradations = Sequence[tuple[str, int, Degrade]]


@dataclass(frozen=True)
class Calibration:
    """What was fitted, and how good it is.

    Attributes:
        uncertainty: the package's, with temperature, rim and confidence map in place.
        figures: rows for the card (`ugmcl.models.description.ModelPackage.figures`), with ``interval`` where
            there is one.
        evaluation: everything measured, per image and together.
    """

    uncertainty: UncertaintySpec
    figures: list[dict[str, Any]]
    evaluation: UncertaintyEvaluation


def calibrate(
    package: ModelPackage,
    dataset_or_cases: Dataset | Path | str | Sequence[Case],
    *,
    role: str = "validation",
    passes: int = 8,
    degraded: Degradations | None = None,
    network: nn.Module | None = None,
    device: str = "auto",
    seed: int = 0,
    command: str | None = None,
    output: Path | str | None = None,
    reporter: Reporter = SILENT,
) -> Calibration:
    """Calibrate a model's uncertainty.

    Args:
        package: the model.
        dataset_or_cases: a data set, its path, or cases whose label values are the model's.
        role: of the cases; only validation cases may calibrate.
        passes: Monte-Carlo passes T.
        degraded: kinds of worse images that confidence is judged on; None takes all 15, () none.
        network: the package's network where it is loaded already.
        device: where to compute.
        seed: of the bootstrap.
        command: prints the figures again; None names this function.
        output: folder for the plots; None draws none.
        reporter: told about progress; may end the work.

    Raises:
        UserError: another role than validation, no labelled case, a case that cannot be read.
    """
    source = _Source(package, dataset_or_cases, role)
    work = _Calibrator(
        source,
        network if network is not None else load_network(package),
        passes,
        tuple(degradations() if degraded is None else degraded),
        device,
        reporter,
    )
    with TemporaryDirectory(prefix="ugmcl-calibrate-") as folder:
        cases, uncertainty = work.run(Path(folder))
    evaluation = UncertaintyEvaluation(tuple(cases), summarise(cases, seed=seed))
    if output is not None:
        from ugmcl.evaluation.plots import draw_uncertainty

        draw_uncertainty(cases, Path(output))
    about = {
        "dataset": source.name,
        "split": role,
        "seed": seed,
        "seen_in_training": False,
        "command": command
        or f"python: ugmcl.evaluation.calibrate.calibrate(find_model({package.id!r}), DATASET, "
        f"role={role!r}, passes={passes}, seed={seed}).figures",
    }
    return Calibration(
        uncertainty, calibration_figures(evaluation.summary, uncertainty.confidence_map, about), evaluation
    )


class _Source:
    """The cases to calibrate on, read one at a time."""

    def __init__(self, package: ModelPackage, given: Dataset | Path | str | Sequence[Case], role: str):
        if role != "validation":
            raise UserError(
                f"cases of role {role} must not calibrate a model",
                "role",
                "Use validation cases: training cases were seen, test cases only report",
            )
        self.package = package
        if isinstance(given, Path | str):
            given = load_dataset(given)
        if isinstance(given, Dataset):
            self.name, self.segments, cases = given.name, given.segments, given.with_role(role)
        else:
            self.name, self.segments, cases = "cases", package.segments, tuple(given)
        for case in cases:
            if case.role != role:
                raise UserError(f"a case of role {case.role} must not calibrate a model", case.id)
        self.cases = [case for case in cases if case.uses_label]
        if not self.cases:
            raise UserError("there is no validation case with a label", self.name, "Give one that role")
        self._matched = matched_classes(package.segments, self.segments)

    def read(self, case: Case) -> tuple[Volume, FramedImage, NDArray[np.uint8]]:
        """Image, framed image and reference classes (z, y, x) on the framed grid."""
        assert case.label is not None
        volume = read_image(case.images[0] if len(case.images) == 1 else list(case.images))
        framed = frame_image(volume, self.package.input)
        values = frame_label(read_reference(case.label, self.segments, self._matched), framed)
        return volume, framed, classes_of(values, self.package.segments)


@dataclass(frozen=True)
class _Kept:
    """What the last step needs of a clean case: its rim and, on disk, u, labels and errors."""

    rim: RimHistogram
    file: Path
    affine: NDArray


class _Calibrator:
    def __init__(
        self,
        source: _Source,
        network: nn.Module,
        passes: int,
        degraded: Degradations,
        device: str,
        reporter: Reporter,
    ) -> None:
        self.source, self.network, self.passes = source, network, passes
        self.degraded, self.device, self.reporter = degraded, device, reporter

    def run(self, folder: Path) -> tuple[list[UncertainCase], UncertaintySpec]:
        samples = self._samples()
        temperature = fit_temperature(samples)
        cases: list[UncertainCase] = []
        clean: list[UncertainCase] = []
        kept: list[_Kept] = []
        self.reporter.stage("Judging the uncertainty")
        predictor = self._predictor(temperature)
        for number, case in enumerate(self.source.cases):
            self.reporter.progress(number, len(self.source.cases), "cases")
            others = samples[:number] + samples[number + 1 :]
            left_out = fit_temperature(others) if others else temperature
            volume, framed, reference = self.source.read(case)
            record, keep = self._clean(case.id, framed, reference, predictor, left_out, folder)
            clean.append(record)
            kept.append(keep)
            cases += self._degraded(case.id, volume, reference, predictor)
        self.reporter.progress(len(self.source.cases), len(self.source.cases), "cases")
        total = RimHistogram(np.sum([keep.rim.counts for keep in kept], axis=0))
        clean = [
            replace(record, in_regions=_share_with_others_rim(keep, total))
            for record, keep in zip(clean, kept, strict=True)
        ]
        uncertainty = replace(
            self.source.package.uncertainty,
            passes=self.passes,
            temperature=round(temperature, 6),
            rim=total.profile().to_json() if total.counts.any() else None,
            confidence_map=_confidence_map(clean, cases),
        )
        return [*clean, *cases], uncertainty

    def _predictor(self, temperature: float, passes: int | None = None) -> Predictor:
        return Predictor(
            self.network,
            passes=passes or self.passes,
            temperature=temperature,
            patch_zyx=self.source.package.input.patch_zyx,
            device=self.device,
            flip_axes=self.source.package.uncertainty.flip_axes,
        )

    def _samples(self) -> list[Sample]:
        """Per case the voxels near the structures, from one pass without dropout."""
        self.reporter.stage("Fitting the temperature")
        single, samples = self._predictor(1.0, passes=1), []
        for number, case in enumerate(self.source.cases):
            self.reporter.check()
            self.reporter.progress(number, len(self.source.cases), "cases")
            _, framed, reference = self.source.read(case)
            prediction = single.predict(framed.array, disagreement=False)
            region = near_segments(prediction.labels, reference, framed.spacing_mm[::-1])
            samples.append(thinned(prediction.probability[:, region], reference[region]))
        return samples

    def _clean(
        self,
        name: str,
        framed: FramedImage,
        reference: NDArray,
        predictor: Predictor,
        left_out: float,
        folder: Path,
    ) -> tuple[UncertainCase, _Kept]:
        """The image as it is: judged, with the calibration error of the temperature of the other cases."""
        self.reporter.check()
        before = self._predictor(1.0).predict(framed.array, disagreement=False).probability
        after = self._predictor(left_out).predict(framed.array, disagreement=False).probability
        prediction = predictor.predict(framed.array, disagreement=False)
        record = judge_case(
            name, prediction, reference, framed.affine, with_regions=False, probability_before=before
        )
        labels, u, spacing = prediction.labels, prediction.uncertainty, framed.spacing_mm[::-1]
        region = near_segments(labels, reference, spacing)
        record = replace(record, reliability=reliability(after[:, region], reference[region]))
        rim, boundary = RimHistogram(), find_boundary(labels, spacing)
        if boundary.exists:
            rim.add(u, boundary.distance_mm / boundary.h_mm, labels > 0, labels == reference)
        file = folder / f"{len(list(folder.iterdir()))}.npz"
        np.savez(file, u=u, labels=labels, wrong=(labels != reference) & (reference != UNKNOWN))
        return record, _Kept(rim, file, framed.affine)

    def _degraded(
        self, name: str, volume: Volume, reference: NDArray, predictor: Predictor
    ) -> list[UncertainCase]:
        """The same case with worse images; the reference stays."""
        found = []
        for kind, severity, degrade in self.degraded:
            self.reporter.check()
            worse = Volume(np.stack([degrade(channel) for channel in volume.array]), volume.affine)
            framed = frame_image(worse, self.source.package.input)
            prediction = predictor.predict(framed.array, disagreement=False)
            condition = f"{kind} {severity}"
            found.append(
                judge_case(
                    name, prediction, reference, framed.affine, condition=condition, with_regions=False
                )
            )
        return found


def _share_with_others_rim(keep: _Kept, total: RimHistogram) -> float | None:
    """Errors inside the first regions, found with the rim of the other cases (the case's own if alone)."""
    others = RimHistogram(total.counts - keep.rim.counts)
    profile = others.profile() if others.counts.any() else None
    with np.load(keep.file) as stored:
        return regions_share(stored["u"], stored["labels"], stored["wrong"], keep.affine, profile)


def _confidence_map(
    clean: Sequence[UncertainCase], degraded: Sequence[UncertainCase]
) -> dict[str, Any] | None:
    """From clean and degraded images; a case's clean image weighs as much as all its degraded ones."""
    share = len(clean) / max(1, len(degraded))
    images = [c for c in (*clean, *degraded) if c.pairwise_dice is not None and c.dice is not None]
    confidence, dice, names = confidence_pairs(images, [c.pairwise_dice for c in images])
    weights = [1.0 if c.condition == CLEAN else share for c in images]
    return fit_confidence_map(confidence, dice, cases=names, weights=weights)
