"""Many cases: past a bad one, on from an interruption, in parts, and one summary for all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.reporter import Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.cohort import CohortResult, segment_cohort
from ugmcl.segmentation.cohort_inputs import Shard, collect_cases, parse_shard
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.summary import merge_summary, read_summary, row_of_failure
from ugmcl.volumes.writing import write_image

OPTIONS = SegmentOptions(device="cpu", passes=2, preview=False)


@pytest.fixture
def scans(tmp_path: Path, make_balls: Callable) -> Path:
    """Three good scans and a file that is none."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for i in range(3):
        write_image(folder / f"scan_{i}.nii.gz", make_balls((20, 24, 22), seed=i)[0][0], np.eye(4))
    (folder / "scan_1b.nii.gz").write_bytes(b"this is no image")
    return folder


@pytest.fixture
def go(
    scans: Path, tmp_path: Path, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> Callable[..., CohortResult]:
    """Segments the scans; settings of `segment_cohort` may be changed."""

    def start(
        options: SegmentOptions = OPTIONS, model: ModelPackage = ball_model, **settings: object
    ) -> CohortResult:
        segmenter = Segmenter(model, options, network=trained_network)
        return segment_cohort([scans], model, tmp_path / "out", options, segmenter=segmenter, **settings)

    return start


def test_a_bad_case_is_passed_over_with_its_reason(go: Callable[..., CohortResult], tmp_path: Path) -> None:
    result = go()
    assert result.done == ["scan_0", "scan_1", "scan_2"]
    assert list(result.failed) == ["scan_1b"] and "scan_1b.nii.gz" in result.failed["scan_1b"]
    assert not list((tmp_path / "out").glob("scan_1b*"))
    rows = read_summary(tmp_path / "out" / "summary.csv")
    assert [row["case"] for row in rows] == [
        "scan_0",
        "scan_0",
        "scan_1",
        "scan_1",
        "scan_1b",
        "scan_2",
        "scan_2",
    ]
    assert [row["status"] for row in rows].count("failed") == 1
    report = json.loads((tmp_path / "out" / "scan_2_report.json").read_text(encoding="utf-8"))
    dark = next(row for row in rows if row["case"] == "scan_2" and row["segment"] == "dark ball")
    assert float(dark["volume_ml"]) == report["segments"][1]["volume_ml"]


def test_an_internal_fault_of_one_case_does_not_end_the_others(
    go: Callable[..., CohortResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Segmenter.segment

    def faulty(self: Segmenter, image: object, reporter: Reporter, *, name: str) -> object:
        if name == "scan_0":
            raise ZeroDivisionError("by accident")
        return original(self, image, reporter, name=name)

    monkeypatch.setattr(Segmenter, "segment", faulty)
    result = go()
    assert result.done == ["scan_1", "scan_2"]
    assert result.failed["scan_0"] == "internal error, ZeroDivisionError: by accident"


def test_finished_cases_are_skipped_until_something_changes(
    go: Callable[..., CohortResult],
    scans: Path,
    tmp_path: Path,
    ball_model: ModelPackage,
    make_balls: Callable,
) -> None:
    go()
    stamp = (tmp_path / "out" / "scan_0_report.json").stat().st_mtime_ns
    again = go()
    assert again.skipped == ["scan_0", "scan_1", "scan_2"] and again.done == []
    assert (tmp_path / "out" / "scan_0_report.json").stat().st_mtime_ns == stamp
    assert len(read_summary(tmp_path / "out" / "summary.csv")) == 7

    write_image(scans / "scan_1.nii.gz", make_balls((20, 24, 22), seed=50)[0][0], np.eye(4))
    (tmp_path / "out" / "scan_2_uncertainty.nrrd").unlink()
    assert go().done == ["scan_1", "scan_2"]
    assert go(replace(OPTIONS, device="auto")).done == []  # where it runs does not matter
    assert len(go(replace(OPTIONS, fill_holes=True)).done) == 3
    weights = replace(ball_model.weights, sha256="1" * 64)
    assert len(go(replace(OPTIONS, fill_holes=True), replace(ball_model, weights=weights)).done) == 3


def test_an_ended_cohort_goes_on_where_it_was(go: Callable[..., CohortResult]) -> None:
    class Ending(Reporter):
        cases = 0

        def stage(self, name: str) -> None:
            self.cases += " of " in name

        def check(self) -> None:
            if self.cases == 2:
                raise Stopped("cancelled")

    with pytest.raises(Stopped):
        go(reporter=Ending())
    result = go()
    assert result.skipped == ["scan_0"] and result.done == ["scan_1", "scan_2"]


def test_shards_share_the_cases_and_the_summary(go: Callable[..., CohortResult], tmp_path: Path) -> None:
    parts = [go(shard=Shard(i, 3)) for i in (1, 2, 3)]
    names = [[*part.done, *part.failed] for part in parts]
    everything = [name for part in names for name in part]
    assert sorted(everything) == ["scan_0", "scan_1", "scan_1b", "scan_2"]
    assert max(len(part) for part in names) - min(len(part) for part in names) <= 1
    assert {row["case"] for row in read_summary(tmp_path / "out" / "summary.csv")} == set(everything)


def test_progress_counts_cases(go: Callable[..., CohortResult]) -> None:
    class Remembering(Reporter):
        def __init__(self) -> None:
            self.seen: list[tuple[float, float, str]] = []

        def progress(self, done: float, total: float, unit: str = "steps") -> None:
            self.seen.append((done, total, unit))

    reporter = Remembering()
    go(reporter=reporter)
    done = [step[0] for step in reporter.seen]
    assert done == sorted(done) and done[-1] == 4
    assert {step[1:] for step in reporter.seen} == {(4, "cases")}


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("2/4", {}, Shard(2, 4)),
        (None, {}, Shard(1, 1)),
        (None, {"RANK": "1", "WORLD_SIZE": "3"}, Shard(2, 3)),
        ("1/2", {"RANK": "1", "WORLD_SIZE": "3"}, Shard(1, 2)),
    ],
)
def test_shards_by_hand_or_by_torchrun(text: str | None, environment: dict, expected: Shard) -> None:
    assert parse_shard(text, environment) == expected


@pytest.mark.parametrize("text", ["0/2", "3/2", "a", "1", "1/0", "-1/2"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UserError, match="shard"):
        parse_shard(text, {})


def test_many_processes_lose_no_row_of_the_summary(tmp_path: Path) -> None:
    def write(worker: int) -> None:
        for i in range(10):
            merge_summary(tmp_path, [row_of_failure(f"case_{worker}_{i}", 'a, "b"', "m@1")])

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = read_summary(tmp_path / "summary.csv")
    assert len({row["case"] for row in rows}) == 40 and rows[0]["reason"] == 'a, "b"'
    assert [path.name for path in tmp_path.iterdir()] == ["summary.csv"]


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_what_counts_as_a_case(tmp_path: Path) -> None:
    touch(*(tmp_path / "a" / name for name in ("x.nrrd", "y.nii.gz", "notes.txt", "x.seg.nrrd")))
    touch(tmp_path / "a" / "x_uncertainty.nrrd")
    report = {"files": {"uncertainty": "x_uncertainty.nrrd"}}
    (tmp_path / "a" / "x_report.json").write_text(json.dumps(report))  # results of ours
    touch(tmp_path / "dicom" / "p1" / "001", tmp_path / "dicom" / "p2" / "001")
    touch(tmp_path / "set" / "images" / "z.mha", tmp_path / "set" / "dataset.json")
    assert [case.name for case in collect_cases([tmp_path / "a"])] == ["x", "y"]
    assert [case.name for case in collect_cases([tmp_path / "dicom"])] == ["p1", "p2"]
    mixed = collect_cases([tmp_path / "dicom" / "p1", tmp_path / "set"])
    assert [case.name for case in mixed] == ["p1", "z"]
    with pytest.raises(UserError, match="no such file"):
        collect_cases([tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty"):
        collect_cases([tmp_path / "empty"])


def test_equal_names_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    touch(tmp_path / "p1" / "ct.nrrd", tmp_path / "p2" / "ct.nrrd")
    assert [case.name for case in collect_cases([tmp_path / "p1", tmp_path / "p2"])] == ["p1_ct", "p2_ct"]
    with pytest.raises(UserError, match="same results"):
        collect_cases([tmp_path / "p1" / "ct.nrrd", tmp_path / "p1" / "ct.nrrd"])


def test_channels_by_number(tmp_path: Path) -> None:
    touch(*(tmp_path / f"{case}_{c:04d}.nii.gz" for case in ("a", "b") for c in range(2)))
    cases = collect_cases([tmp_path], channels=2)
    assert [case.name for case in cases] == ["a", "b"]
    assert [path.name for path in cases[1].paths] == ["b_0000.nii.gz", "b_0001.nii.gz"]
    (tmp_path / "b_0001.nii.gz").unlink()
    with pytest.raises(UserError, match="b_0001"):
        collect_cases([tmp_path], channels=2)


def test_a_case_named_after_a_finished_one_is_not_taken_for_its_result(
    scans: Path, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    """Results beside the images: ``scan_0_late`` is a new image, ``scan_0_uncertainty`` a result."""
    Segmenter(ball_model, OPTIONS, network=trained_network).segment(scans / "scan_0.nii.gz").save(scans)
    (scans / "scan_0_late.nii.gz").write_bytes((scans / "scan_1.nii.gz").read_bytes())
    names = [case.name for case in collect_cases([scans])]
    assert names == ["scan_0", "scan_0_late", "scan_1", "scan_1b", "scan_2"]


def test_a_link_to_nowhere_is_a_failed_case(go: Callable[..., CohortResult], scans: Path) -> None:
    (scans / "scan_3.nii.gz").symlink_to(scans / "gone.nii.gz")
    assert list(go().failed) == ["scan_1b", "scan_3"]


def test_a_nifti_result_never_replaces_an_image(
    scans: Path, ball_model: ModelPackage, trained_network: DualTaskVNet, tmp_path: Path
) -> None:
    segmenter = Segmenter(ball_model, replace(OPTIONS, format="nifti"), network=trained_network)
    result = segmenter.segment(scans / "scan_0.nii.gz")
    before = {path.name: path.read_bytes() for path in scans.iterdir()}
    with pytest.raises(UserError, match="would replace the image itself"):
        result.save(scans)
    other = segmenter.segment(scans / "scan_0.nii.gz", name="scan_1")
    with pytest.raises(UserError, match="that no segmentation wrote"):
        other.save(scans)
    assert {path.name: path.read_bytes() for path in scans.iterdir()} == before
    result.save(tmp_path / "elsewhere")
    result.save(tmp_path / "elsewhere")  # its own earlier result may be replaced


def test_a_summary_that_cannot_be_written_leaves_nothing_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ugmcl.segmentation.summary.os.replace", full)
    with pytest.raises(UserError, match=r"summary\.csv: cannot be written \(No space left"):
        merge_summary(tmp_path, [row_of_failure("a", "bad", "m@1")])
    assert list(tmp_path.iterdir()) == []


def test_every_cases_state_is_told(go: Callable[..., CohortResult]) -> None:
    class States(Reporter):
        told: list[tuple[str, str]]

        def __init__(self) -> None:
            self.told, self.reasons = [], {}

        def case(self, name: str, state: str, reason: str = "") -> None:
            self.told.append((name, state))
            self.reasons[name] = reason

    states = States()
    go(reporter=states)
    assert states.told[:4] == [
        ("scan_0", "running"),
        ("scan_0", "done"),
        ("scan_1", "running"),
        ("scan_1", "done"),
    ]
    assert ("scan_1b", "failed") in states.told and "scan_1b.nii.gz" in states.reasons["scan_1b"]
    again = States()
    go(reporter=again)
    assert ("scan_2", "skipped") in again.told and ("scan_2", "done") not in again.told
