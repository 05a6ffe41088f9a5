"""Pre-flight checks: every fault of a data set before a training starts, one line each, with case and remedy.

Runs inside Slicer: needs NumPy and SimpleITK only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ugmcl.data.case import Case, Dataset
from ugmcl.data.case_check import CaseFacts, check_case
from ugmcl.data.finding import Finding, errors_of
from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.volumes.segment import Segment

__all__ = ["Finding", "check_dataset", "errors_of", "refuse_errors"]
OUTLIER = 1.5  # factor from the median spacing that is worth a note
JUDGING = ("validation", "test")
TRAINING = ("labelled", "unlabelled")


def check_dataset(
    dataset: Dataset,
    *,
    spec: InputSpec | None = None,
    reporter: Reporter = SILENT,
    look: Callable[[Case, Sequence[str], Sequence[Segment] | None], CaseFacts] = check_case,
) -> list[Finding]:
    """All findings: errors first, then warnings, then notes, each in the order of the cases.

    Args:
        dataset: excluded cases and labels of unlabelled ones are not looked at.
        spec: the network's input, for channels and patch; None leaves these out.
        reporter: progress in cases; `Stopped` on request.
        look: reads one case; a caller that checks again after every change may remember what it found.
    """
    reporter.stage("Checking the data set")
    cases = dataset.with_role("labelled", "unlabelled", "validation", "test")
    findings = _check_roles(dataset) + _check_names(dataset) + _check_patients(cases)
    try:
        segments = dataset.segments
    except UserError:
        segments = None  # the labels at fault are named below
    facts: dict[int, CaseFacts] = {}
    for number, case in enumerate(cases):
        reporter.check()
        facts[number] = look(case, dataset.channels, segments)
        findings += facts[number].findings
        reporter.progress(number + 1, len(cases), "cases")
    findings += _check_images(cases, facts) + _check_sizes(cases, facts, spec)
    if segments is not None:
        findings += _check_segments(dataset, cases, facts)
    if spec is not None and len(spec.channels) != len(dataset.channels):
        findings.append(
            Finding(
                "error",
                None,
                f"the data set has the channels {', '.join(dataset.channels)}, the model takes "
                f"{', '.join(spec.channels)}",
                "Start from another model, or from none",
            )
        )
    rank = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda finding: rank[finding.severity])


def refuse_errors(findings: list[Finding], where: object) -> None:
    """Raise UserError with the first error and the number of further ones."""
    errors = errors_of(findings)
    if errors:
        first = errors[0]
        more = (
            f" ({len(errors) - 1} more errors; ugmcl prepare --check lists them)" if len(errors) > 1 else ""
        )
        place = f"{where}, case {first.case}" if first.case is not None else where
        raise UserError(first.message + more, place, first.remedy)


def _check_roles(dataset: Dataset) -> list[Finding]:
    findings = [Finding("note", None, note) for note in dataset.notes]
    if not dataset.count("labelled"):
        remedy = "Give at least one case with a label the role labelled"
        findings.append(Finding("error", None, "no case is labelled, so nothing can be trained", remedy))
    if not dataset.count("unlabelled"):
        text = "no case is unlabelled: semi-supervised methods have nothing to gain from"
        findings.append(Finding("note", None, text))
    if not dataset.count("validation") and dataset.count("test"):
        findings.append(Finding("note", None, "no case validates: only the test cases tell what came of it"))
    elif not dataset.count("validation"):
        findings.append(Finding("note", None, "no case validates: models cannot be compared"))
    return findings


def _check_names(dataset: Dataset) -> list[Finding]:
    findings, seen = [], set()
    for case in dataset.cases:
        if case.id.casefold() in seen:
            findings.append(Finding("error", case.id, "two cases have this name", "Give each its own id"))
        seen.add(case.id.casefold())
    return findings


def _check_patients(cases: tuple[Case, ...]) -> list[Finding]:
    """A patient may not both train and judge."""
    trains: dict[str, Case] = {}
    for case in cases:
        if case.patient is not None and case.role in TRAINING:
            trains.setdefault(case.patient, case)
    return [
        Finding(
            "error",
            case.id,
            f"the same patient as case {trains[case.patient].id}, but one trains and one is for {case.role}",
            "Give both cases the same side of the split, or exclude one",
        )
        for case in cases
        if case.role in JUDGING and case.patient in trains and case.patient is not None
    ]


def _check_images(cases: tuple[Case, ...], facts: Mapping[int, CaseFacts]) -> list[Finding]:
    """The same voxels under two names: a leak between training and judging, else a duplicate."""
    findings: list[Finding] = []
    first: dict[str, Case] = {}
    for number, case in enumerate(cases):
        fingerprint = facts[number].fingerprint
        if fingerprint is None:
            continue
        other = first.setdefault(fingerprint, case)
        if other is case:
            continue
        leak = (other.role in TRAINING) != (case.role in TRAINING)
        findings.append(
            Finding(
                "error" if leak else "warning",
                case.id,
                f"the same image as case {other.id}"
                + (f" ({other.role}), but this one is {case.role}" if leak else ": a duplicate case"),
                "Remove or exclude one of the two",
            )
        )
    return findings


def _check_sizes(
    cases: tuple[Case, ...], facts: Mapping[int, CaseFacts], spec: InputSpec | None
) -> list[Finding]:
    """Spacings far from the median, each; volumes smaller than the patch, in one note."""
    known = [entry.spacing_mm for entry in facts.values() if entry.spacing_mm is not None]
    if not known:
        return []
    median = np.median(np.array(known), axis=0)
    findings, small = [], []
    for number, case in enumerate(cases):
        spacing, size = facts[number].spacing_mm, facts[number].size_xyz
        if spacing is None or size is None:
            continue
        ratio = np.maximum(np.array(spacing) / median, median / np.array(spacing))
        if ratio.max() > OUTLIER:
            text = f"spacing {_lengths(spacing)} mm, the median is {_lengths(median)} mm"
            findings.append(Finding("note", case.id, text))
        if spec is not None:
            own = spacing if spec.spacing_mm is None else spec.spacing_mm
            voxels = np.round(np.array(size) * np.array(spacing) / np.array(own))
            if (voxels < np.array(spec.patch)).any():
                small.append((float(voxels.prod()), case.id, " x ".join(f"{n:.0f}" for n in voxels)))
    if small and spec is not None:
        _, name, voxels_text = min(small)
        patch = " x ".join(str(side) for side in spec.patch)
        text = (
            f"{len(small)} of {len(cases)} images are smaller than the patch of {patch} voxels and padded "
            f"(the smallest, {name}, has {voxels_text})"
        )
        findings.append(Finding("note", None, text))
    return findings


def _check_segments(
    dataset: Dataset, cases: tuple[Case, ...], facts: Mapping[int, CaseFacts]
) -> list[Finding]:
    """A segment that no labelled case shows cannot be learnt."""
    if not dataset.segments:
        return [
            Finding("error", None, "no label holds a segment", "Give at least one label that is not empty")
        ]
    shown = set().union(*(facts[n].classes for n, case in enumerate(cases) if case.role == "labelled"), set())
    return [
        Finding(
            "warning",
            None,
            f"segment {segment.name} (value {segment.value}) is in no label that trains",
            "Remove it from the data set's labels, or label it in some cases",
        )
        for number, segment in enumerate(dataset.segments, 1)
        if number not in shown
    ]


def _lengths(values: object) -> str:
    return " x ".join(f"{value:.3g}" for value in np.asarray(values))
