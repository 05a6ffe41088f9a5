"""Into the cache once: what it holds, what renews a case, and what an interruption leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from ugmcl.data import preparation
from ugmcl.data.cache import Cache, is_cache, open_cache
from ugmcl.data.dataset import Dataset, load_dataset
from ugmcl.data.distances import CLIP_MM, QUANTUM_MM, cached_distances, cached_ways, to_targets
from ugmcl.data.plan import plan_patch, plan_spec
from ugmcl.data.preparation import prepare
from ugmcl.distance_maps import distance_targets
from ugmcl.errors import Stopped, UserError
from ugmcl.framing.spec import InputSpec, Normalisation
from ugmcl.jobs.reporter import Reporter


class Recorder(Reporter):
    """Keeps what it is told; ends the work after ``most`` finished cases."""

    def __init__(self, most: int = 10**6) -> None:
        self.most = most
        self.done = 0.0
        self.messages: list[str] = []

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self.done = done

    def message(self, text: str, level: str = "info") -> None:
        self.messages.append(text)

    def check(self) -> None:
        if self.done >= self.most:
            raise Stopped("cancelled")


def prepared(path: Path, folder: Path, **arguments) -> tuple[Dataset, InputSpec, Cache]:
    dataset = load_dataset(path)
    spec = plan_spec(dataset)
    return dataset, spec, prepare(dataset, spec, folder, processes=1, **arguments)


def times(folder: Path) -> dict[str, int]:
    return {entry.parent.name: entry.stat().st_mtime_ns for entry in folder.glob("cases/*/case.json")}


def test_what_the_cache_holds(ball_dataset: Path, tmp_path: Path) -> None:
    dataset, spec, cache = prepared(ball_dataset, tmp_path / "cache")
    assert [case.id for case in cache.cases] == [case.id for case in dataset.cases]
    assert spec.spacing_mm == (1.0, 1.0, 1.2) and spec.patch == (32, 32, 32)
    case = cache.case("ball_0")
    image, label, distance = cache.image(case.id), cache.label(case.id), cache.distance(case.id)
    assert isinstance(image, np.memmap) and image.dtype == np.float16 and image.shape == (1, *case.shape_zyx)
    assert abs(float(np.mean(image, dtype=np.float64))) < 0.01
    assert label.dtype == np.uint8 and set(np.unique(label)) == {0, 1, 2}
    assert case.statistics["voxels"] == np.bincount(label.ravel()).tolist()
    assert distance.dtype == np.int16 and distance.shape == (2, *label.shape)
    rows = cache.foreground(case.id)
    assert all(label[z, y, x] == number for number, z, y, x in rows)
    assert set(rows[:, 0]) == {1, 2}
    assert cache.classes == 3 and cache.ignored(case.id) is None
    assert case.sources[0]["size"] == dataset.cases[0].images[0].stat().st_size
    assert cache.spec.training_range["spacing_mm"]["low"] == pytest.approx([1.0, 1.0, 1.2])
    assert open_cache(tmp_path / "cache").spec == cache.spec


def test_labels_of_unlabelled_cases_are_never_read(ball_dataset: Path, tmp_path: Path) -> None:
    data = json.loads(ball_dataset.read_text())
    (ball_dataset.parent / "broken.nii.gz").write_bytes(b"this would not be read")
    for case in data["cases"]:
        if case["role"] == "unlabelled":
            case["label"] = "broken.nii.gz"
    ball_dataset.write_text(json.dumps(data))
    _, _, cache = prepared(ball_dataset, tmp_path / "cache")
    for case in cache.with_role("unlabelled"):
        assert not case.has_label and len(case.sources) == 1
        assert sorted(p.name for p in (tmp_path / "cache/cases" / case.id).iterdir()) == [
            "case.json",
            "image.npy",
        ]
    assert all(case.has_label for case in cache.with_role("labelled", "validation"))


def test_excluded_cases_are_left_out_and_removed(ball_dataset: Path, tmp_path: Path) -> None:
    dataset, spec, _ = prepared(ball_dataset, tmp_path / "cache")
    smaller = dataset.reassigned({"ball_1": "excluded"})
    cache = prepare(smaller, spec, tmp_path / "cache", processes=1)
    assert "ball_1" not in [case.id for case in cache.cases]
    assert not (tmp_path / "cache/cases/ball_1").exists()


def test_a_second_preparation_does_nothing(ball_dataset: Path, tmp_path: Path) -> None:
    prepared(ball_dataset, tmp_path / "cache")
    before, text = times(tmp_path / "cache"), (tmp_path / "cache/cache.json").read_text()
    prepared(ball_dataset, tmp_path / "cache")
    assert times(tmp_path / "cache") == before and (tmp_path / "cache/cache.json").read_text() == text


def test_a_changed_input_renews_its_case_only(
    ball_dataset: Path, tmp_path: Path, write_ball: Callable[..., tuple[Path, Path]]
) -> None:
    _, _, first = prepared(ball_dataset, tmp_path / "cache")
    old, before = np.array(first.image("ball_3")), times(tmp_path / "cache")
    write_ball("ball_3", seed=99, folder=ball_dataset.parent)
    _, _, second = prepared(ball_dataset, tmp_path / "cache")
    after = times(tmp_path / "cache")
    assert [name for name in after if after[name] != before[name]] == ["ball_3"]
    assert not np.array_equal(second.image("ball_3"), old)


def test_a_touched_file_of_the_same_content_renews_nothing(ball_dataset: Path, tmp_path: Path) -> None:
    dataset, _, _ = prepared(ball_dataset, tmp_path / "cache")
    before = times(tmp_path / "cache")
    os.utime(dataset.cases[0].images[0], ns=(10**18, 10**18))
    prepared(ball_dataset, tmp_path / "cache")
    assert times(tmp_path / "cache") == before


def test_a_changed_label_renews_only_cases_that_read_it(ball_dataset: Path, tmp_path: Path) -> None:
    dataset, spec, _ = prepared(ball_dataset, tmp_path / "cache")
    before = times(tmp_path / "cache")
    cache = prepare(dataset.reassigned({"ball_0": "unlabelled"}), spec, tmp_path / "cache", processes=1)
    after = times(tmp_path / "cache")
    assert [name for name in after if after[name] != before[name]] == ["ball_0"]
    assert not cache.case("ball_0").has_label


def test_settings_that_shape_images_renew_all_and_a_patch_none(ball_dataset: Path, tmp_path: Path) -> None:
    dataset, spec, _ = prepared(ball_dataset, tmp_path / "cache")
    before = times(tmp_path / "cache")
    cache = prepare(dataset, replace(spec, patch=(16, 16, 16)), tmp_path / "cache", processes=1)
    assert times(tmp_path / "cache") == before and cache.spec.patch == (16, 16, 16)
    other = replace(spec, normalisation=Normalisation("zscore", None))
    prepare(dataset, other, tmp_path / "cache", processes=1)
    assert not set(times(tmp_path / "cache").items()) & set(before.items())


def test_a_damaged_case_is_prepared_again(ball_dataset: Path, tmp_path: Path) -> None:
    prepared(ball_dataset, tmp_path / "cache")
    (tmp_path / "cache/cases/ball_2/label.npy").unlink()
    (tmp_path / "cache/cases/ball_3/case.json").write_text("{")
    _, _, cache = prepared(ball_dataset, tmp_path / "cache")
    assert cache.label("ball_2").shape == cache.case("ball_2").shape_zyx


def test_arrays_and_names_that_are_not_the_caches_own_are_refused(ball_dataset: Path, tmp_path: Path) -> None:
    _, _, cache = prepared(ball_dataset, tmp_path / "cache")
    place = tmp_path / "cache/cases/ball_2"
    for kind, read in (
        ("image", cache.image),
        ("distance", cache.distance),
        ("foreground", cache.foreground),
    ):
        (place / f"{kind}.npy").write_bytes((place / "label.npy").read_bytes())
        with pytest.raises(UserError, match=rf"{kind}.npy: the prepared {kind}.*does not belong"):
            read("ball_2")
    record = tmp_path / "cache/cache.json"
    record.write_text(record.read_text().replace('"ball_2"', '"../../ball_2"'))
    with pytest.raises(UserError, match="cannot name a case"):
        open_cache(tmp_path / "cache")


def test_an_interrupted_preparation_goes_on(ball_dataset: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with pytest.raises(Stopped):
        prepared(ball_dataset, folder, reporter=Recorder(most=3))
    done = times(folder)
    assert len(done) == 3
    assert is_cache(folder)
    with pytest.raises(UserError, match="did not finish"):
        open_cache(folder)
    (folder / "cases/ball_5.123.tmp").mkdir()
    recorder = Recorder()
    _, _, cache = prepared(ball_dataset, folder, reporter=recorder)
    assert any("3 of 8" in text for text in recorder.messages)
    assert len(cache.cases) == 8
    assert all(times(folder)[name] == stamp for name, stamp in done.items())
    assert not list(folder.glob("cases/*.tmp"))


@pytest.mark.slow
def test_a_killed_preparation_goes_on(ball_dataset: Path, tmp_path: Path, root: Path) -> None:
    """The process is killed at its third case, between an array and the next."""
    folder = tmp_path / "cache"
    code = f"""
import os, numpy as np
from ugmcl.data.dataset import load_dataset
from ugmcl.data.plan import plan_spec
from ugmcl.data.preparation import prepare
saved, count = np.save, []
def save(path, array, **keywords):
    count.append(path)
    saved(path, array, **keywords)
    if len(count) == 10: os._exit(9)
np.save = save
dataset = load_dataset({str(ball_dataset)!r})
prepare(dataset, plan_spec(dataset), {str(folder)!r}, processes=1)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, timeout=120)
    assert done.returncode == 9
    assert len(times(folder)) == 2 and list(folder.glob("cases/*.tmp"))
    _, _, cache = prepared(ball_dataset, folder)
    assert len(cache.cases) == 8 and not list(folder.glob("cases/*.tmp"))


@pytest.mark.slow
def test_several_processes_write_the_same_bytes(ball_dataset: Path, tmp_path: Path) -> None:
    dataset, spec, _ = prepared(ball_dataset, tmp_path / "one")
    recorder = Recorder()
    prepare(dataset, spec, tmp_path / "two", processes=2, reporter=recorder)
    assert recorder.done == 8 and not any("no further processes" in text for text in recorder.messages)
    for path in sorted((tmp_path / "one").rglob("*.npy")):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("given", ["file", "standard input"])
def test_a_script_without_a_guard_is_not_run_again_by_the_processes(
    ball_dataset: Path, tmp_path: Path, root: Path, given: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"""
print("begun")
from ugmcl.data.dataset import load_dataset
from ugmcl.data.plan import plan_spec
from ugmcl.data.preparation import prepare
dataset = load_dataset({str(ball_dataset)!r})
print(len(prepare(dataset, plan_spec(dataset), {str(tmp_path / "cache")!r}, processes=2).cases))
"""
    )
    command, text = ([str(script)], None) if given == "file" else ([], script.read_text())
    done = subprocess.run(
        [sys.executable, *command],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout.split() == ["begun", "8"], done.stderr
    assert done.stderr == ""


def test_without_processes_this_one_does_the_work_and_says_so(
    ball_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*arguments, **keywords):
        raise OSError("no more processes")

    monkeypatch.setattr(preparation, "ProcessPoolExecutor", none_left)
    dataset = load_dataset(ball_dataset)
    recorder = Recorder()
    cache = prepare(dataset, plan_spec(dataset), tmp_path / "cache", processes=3, reporter=recorder)
    assert len(cache.cases) == 8
    assert any("no more processes" in text for text in recorder.messages)


def test_a_faulty_case_is_named_and_the_others_are_kept(ball_dataset: Path, tmp_path: Path) -> None:
    dataset = load_dataset(ball_dataset)
    spec = plan_spec(dataset)
    (ball_dataset.parent / "images/ball_4.nii.gz").write_bytes(b"not an image at all")
    with pytest.raises(UserError, match="ball_4"):
        plan_spec(dataset)
    with pytest.raises(UserError, match="ball_4"):
        prepare(dataset, spec, tmp_path / "cache", processes=1)
    assert len(times(tmp_path / "cache")) == 7


def test_names_that_one_folder_cannot_tell_apart_are_refused(ball_dataset: Path, tmp_path: Path) -> None:
    data = json.loads(ball_dataset.read_text())
    data["cases"][1]["id"] = "BALL_0"
    ball_dataset.write_text(json.dumps(data))
    with pytest.raises(UserError, match="two cases"):
        prepared(ball_dataset, tmp_path / "cache")


def test_caches_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no prepared data set"):
        open_cache(tmp_path)
    (tmp_path / "cache.json").write_text('{"format": "ugmcl-cache/9"}')
    with pytest.raises(UserError, match="ugmcl-cache/9"):
        open_cache(tmp_path)
    (tmp_path / "cache.json").write_text('{"format": "ugmcl-cache/1"}')
    with pytest.raises(UserError, match="damaged"):
        open_cache(tmp_path)


def test_cached_distances_are_those_in_mm_to_the_inner_boundary() -> None:
    label = np.zeros((30, 8, 9), np.uint8)
    label[5:10, 2:6, 2:7] = 1
    spacing = (3.0, 1.0, 0.5)
    steps = cached_distances(label, 3, spacing)
    inner = (label == 1) & ~ndimage.binary_erosion(label == 1)
    points = np.argwhere(inner) * spacing
    for voxel in ((0, 0, 0), (7, 3, 4), (20, 7, 8), (5, 2, 2)):
        way = np.sqrt(((np.array(voxel) * spacing - points) ** 2).sum(axis=1)).min()
        expected = -way if label[voxel] else way
        assert steps[(0, *voxel)] * QUANTUM_MM == pytest.approx(min(expected, CLIP_MM), abs=QUANTUM_MM)
    assert (steps[1] * QUANTUM_MM == CLIP_MM).all()  # the class is absent
    assert (cached_distances(np.ones((4, 4, 4), np.uint8), 2, spacing) * QUANTUM_MM == -CLIP_MM).all()


def test_targets_from_the_cache_are_those_of_the_whole_label_near_ignored_voxels_too() -> None:
    random = np.random.default_rng(0)
    label = np.zeros((20, 22, 24), np.uint8)
    label[5:12, 6:14, 4:16] = 1
    label[12:15, 6:14, 4:16] = 2
    label[random.random(label.shape) < 0.002] = 255
    spacing = (1.2, 1.0, 0.9)
    ways = cached_ways(label, 3, spacing)
    targets, known = to_targets(cached_distances(label, 3, spacing), 6.0, ways)
    expected, expected_known = distance_targets(label, 3, "fixed", spacing, 6.0)
    assert np.allclose(targets, expected, atol=QUANTUM_MM)
    assert (known != expected_known).mean() < 0.002 and 0.05 < known.mean() < 0.95
    assert not known[:, label == 255].any()


def test_values_that_are_no_row_of_numbers_become_classes(
    tmp_path: Path, write_ball: Callable[..., tuple[Path, Path]]
) -> None:
    import SimpleITK as sitk

    image, label = write_ball("a")
    values = sitk.GetArrayFromImage(sitk.ReadImage(str(label)))
    changed = sitk.GetImageFromArray(np.array([0, 17, 4], np.uint8)[values])
    changed.CopyInformation(sitk.ReadImage(str(label)))
    sitk.WriteImage(changed, str(label))
    manifest = {
        "labels": {"17": "lower", "4": "upper"},
        "cases": [{"id": "a", "image": "images/a.nii.gz", "label": "labels/a.nii.gz"}],
    }
    (tmp_path / "m.json").write_text(json.dumps(manifest))
    _, _, cache = prepared(tmp_path / "m.json", tmp_path / "cache")
    assert [(s.value, s.name) for s in cache.segments] == [(1, "upper"), (2, "lower")]
    assert cache.label_values == (4, 17)
    assert np.array_equal(cache.label("a"), np.array([0, 2, 1])[values])
    del image


def test_planned_patch_is_the_size_rounded_up_and_at_most_the_papers() -> None:
    assert plan_patch((35, 50, 36)) == (48, 64, 48)
    assert plan_patch((5, 16, 17)) == (16, 16, 32)
    big = plan_patch((512, 512, 90))
    assert np.prod(big) <= 112 * 112 * 80 and all(side % 16 == 0 for side in big)


def test_plan_follows_wishes_and_a_starting_model(ball_dataset: Path) -> None:
    dataset = load_dataset(ball_dataset)
    wishes = {
        "spacing_mm": (2, 2, 2),
        "normalisation": "zscore_nonzero",
        "clip_percentiles": None,
        "modality": "CT",
    }
    spec = plan_spec(dataset, wishes)
    assert spec.spacing_mm == (2.0, 2.0, 2.0) and spec.modality == "CT" and spec.patch == (16, 16, 16)
    assert spec.normalisation == Normalisation("zscore_nonzero", None)
    assert plan_spec(dataset, {"spacing_mm": "keep"}).spacing_mm is None
    assert plan_spec(dataset, spec) is spec
    with pytest.raises(UserError, match="channel"):
        plan_spec(dataset, replace(spec, channels=("T1", "T2")))
    with pytest.raises(UserError, match="unknown input setting"):
        plan_spec(dataset, {"spacing": 1})


def test_values_too_large_for_float16_are_kept(ball_dataset: Path, tmp_path: Path) -> None:
    dataset = load_dataset(ball_dataset)
    spec = plan_spec(dataset, {"normalisation": "none"})
    assert prepare(dataset, spec, tmp_path / "a", processes=1).image("ball_0").dtype == np.float16
    import SimpleITK as sitk

    path = dataset.cases[0].images[0]
    image = sitk.ReadImage(str(path)) * 100.0
    sitk.WriteImage(image, str(path))
    cached = prepare(dataset, spec, tmp_path / "b", processes=1).image("ball_0")
    assert np.array_equal(np.sort(cached.ravel()), np.sort(sitk.GetArrayFromImage(image).ravel()))
