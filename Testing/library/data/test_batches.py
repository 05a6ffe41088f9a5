"""Batches: two streams, fixed by seed, iteration and rank, augmented alike in image, label and distance."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ugmcl.data import batches
from ugmcl.data.batches import BatchSource, batch_loader, inference_patches
from ugmcl.data.cache import Cache
from ugmcl.data.dataset import load_dataset
from ugmcl.data.patches import PatchMaker, PatchSettings
from ugmcl.data.plan import plan_spec
from ugmcl.data.preparation import prepare
from ugmcl.data.streams import endless_indices, labelled_indices
from ugmcl.distance_maps import distance_targets
from ugmcl.errors import UserError

DEFAULTS = {
    "seed": 7, "patch": (16, 16, 16), "labelled_batch": 2, "unlabelled_batch": 1,
    "distance_scale": "fixed", "distance_scale_mm": 6.0, "flip_axes": ("x", "y"), "rotate_planes": ("xy",),
    "intensity_probability": 0.0, "rotation_degrees": 0.0, "scaling": 0.0, "foreground_share": 0.0,
    "field_of_view_probability": 0.0,
}  # fmt: skip


def settings(**changes) -> SimpleNamespace:
    return SimpleNamespace(**{**DEFAULTS, **changes})


@pytest.fixture
def cache(ball_dataset: Path, tmp_path: Path) -> Cache:
    dataset = load_dataset(ball_dataset)
    spec = plan_spec(dataset, {"spacing_mm": (1.0, 1.0, 1.2)})
    return prepare(dataset, spec, tmp_path / "cache", processes=1)


def equal(a, b) -> bool:
    names = ("image", "label", "distance", "distance_known")
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in names) and a.cases == b.cases


def test_form_of_a_batch(cache: Cache) -> None:
    batch = BatchSource(cache, settings(patch=(16, 32, 16), rotate_planes=()))[5]
    assert batch.image.shape == (3, 1, 16, 32, 16) and batch.image.dtype == torch.float32
    assert batch.label.shape == (2, 16, 32, 16) and batch.label.dtype == torch.int64
    assert batch.distance.shape == batch.distance_known.shape == (2, 2, 16, 32, 16)
    assert batch.distance.dtype == torch.float32 and batch.distance_known.dtype == torch.bool
    assert batch.labelled == 2 and batch.iteration == 5 and len(batch.cases) == 3
    roles = [cache.case(name).role for name in batch.cases]
    assert roles == ["labelled", "labelled", "unlabelled"]


@pytest.mark.parametrize(
    "changes", [{}, {"rotation_degrees": 10, "scaling": 0.1, "intensity_probability": 0.5}]
)
def test_a_batch_is_fixed_by_seed_iteration_and_rank(cache: Cache, changes: dict) -> None:
    source = BatchSource(cache, settings(**changes))
    forwards = [source[t] for t in range(6)]
    fresh = BatchSource(cache, settings(**changes))
    assert all(equal(fresh[t], forwards[t]) for t in (5, 0, 3))
    assert not equal(forwards[0], forwards[1])
    assert not equal(BatchSource(cache, settings(seed=8, **changes))[0], forwards[0])
    other = BatchSource(cache, settings(**changes), rank=1, world=2)[0]
    assert not torch.equal(other.image, BatchSource(cache, settings(**changes), rank=0, world=2)[0].image)


def test_labelled_cases_come_in_epochs_of_whole_batches() -> None:
    for epoch in range(4):
        drawn = [i for t in range(4 * epoch, 4 * epoch + 4) for i in labelled_indices(9, 2, t, seed=1)]
        assert len(set(drawn)) == 8  # nine cases, two a batch: one is left out, each epoch another
    epochs = [{i for t in range(4 * e, 4 * e + 4) for i in labelled_indices(9, 2, t, 1)} for e in range(30)]
    assert len({frozenset(range(9)) - epoch for epoch in epochs}) > 4
    few = Counter(i for t in range(30) for i in labelled_indices(3, 4, t, seed=1))
    assert set(few.values()) == {40}


def test_unlabelled_cases_come_in_endless_permutations() -> None:
    drawn = endless_indices(5, 0, 50, seed=1, stream=1)
    assert all(set(drawn[k : k + 5]) == set(range(5)) for k in range(0, 50, 5))
    assert drawn[:5] != drawn[5:10]
    assert endless_indices(5, 13, 4, 1, 1) == drawn[13:17]


def test_ranks_share_an_epoch(cache: Cache) -> None:
    sources = [BatchSource(cache, settings(unlabelled_batch=1), rank=rank, world=2) for rank in (0, 1)]
    for t in range(4):
        labelled = [case.id for source in sources for case in source.cases(t)[0]]
        unlabelled = [case.id for source in sources for case in source.cases(t)[1]]
        assert len(set(labelled)) == 4 and len(set(unlabelled)) == 2


def test_image_label_and_distance_move_together(cache: Cache) -> None:
    """The balls' image is 100 + 80·label: after any move bright voxels must be labelled ones."""
    for changes in ({}, {"rotation_degrees": 20, "scaling": 0.2}):
        batch = BatchSource(cache, settings(**changes))[3]
        for image, label, distance in zip(batch.image, batch.label, batch.distance, strict=False):
            values = [image[0][label == c].mean() for c in (0, 1, 2)]
            assert values[0] + 0.5 < values[1] < values[2] - 0.5
            for c in (1, 2):
                inside = distance[c - 1][label == c]
                assert (inside <= 0).all() and (distance[c - 1][label != c] > 0).all()


def test_fixed_distances_are_those_of_the_whole_volume(cache: Cache) -> None:
    plain = PatchSettings.of(settings(flip_axes=(), rotate_planes=()))
    maker = PatchMaker(cache, plain)
    case = cache.case("ball_0")
    whole, _ = distance_targets(np.array(cache.label(case.id)), 3, "fixed", case.spacing_zyx, 6.0)
    patch = maker.draw(case, True, np.random.default_rng(4))
    image = np.asarray(cache.image(case.id), dtype=np.float32)
    places = [
        (z, y, x) for z in range(5) for y in range(9) for x in range(7)
        if np.array_equal(image[:, z : z + 16, y : y + 16, x : x + 16], patch.image)
    ]  # fmt: skip
    (z, y, x) = places[0]
    assert np.allclose(whole[:, z : z + 16, y : y + 16, x : x + 16], patch.distance, atol=1e-3)
    assert patch.known.all()


def test_padding_is_background_with_a_distance(cache: Cache) -> None:
    batch = BatchSource(cache, settings(patch=(48, 48, 48)))[0]
    outside = batch.image[:2] == 0
    assert outside.float().mean() > 0.5
    assert (batch.label[outside[:, 0]] == 0).all()
    assert batch.distance_known.all()
    beside = (batch.distance < 1).float().mean(dim=(2, 3, 4))
    assert (beside > 0).all() and (batch.distance[:, :, 0, 0, 0] == 1).all()


def test_patch_scale_is_computed_on_the_patch(cache: Cache) -> None:
    batch = BatchSource(cache, settings(distance_scale="patch"))[2]
    for label, distance in zip(batch.label.numpy(), batch.distance.numpy(), strict=True):
        expected, _ = distance_targets(label, 3, "patch", cache.cases[0].spacing_zyx)
        assert np.allclose(distance, expected, atol=1e-5)


def test_after_a_free_rotation_distances_are_those_of_the_patch(cache: Cache) -> None:
    batch = BatchSource(cache, settings(rotation_degrees=15, scaling=0.1, flip_axes=()))[2]
    spacing = cache.cases[0].spacing_zyx
    for label, distance in zip(batch.label.numpy(), batch.distance.numpy(), strict=True):
        expected, _ = distance_targets(label, 3, "fixed", spacing, 6.0)
        assert np.allclose(distance, expected, atol=1e-5)


def test_near_ignored_voxels_distances_are_not_known(ball_dataset: Path, tmp_path: Path) -> None:
    import SimpleITK as sitk

    for path in sorted((ball_dataset.parent / "labels").glob("*")):
        label = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(label)
        array[:4] = 255
        changed = sitk.GetImageFromArray(array)
        changed.CopyInformation(label)
        sitk.WriteImage(changed, str(path))
    dataset = load_dataset(ball_dataset)
    cache = prepare(dataset, plan_spec(dataset), tmp_path / "cache", processes=1)
    for changes in ({}, {"distance_scale": "patch"}, {"rotation_degrees": 5}, {"patch": (32, 32, 32)}):
        source = BatchSource(cache, settings(**changes))
        found = [source[t] for t in range(4)]
        ignored = torch.cat([batch.label == 255 for batch in found])
        known = torch.cat([batch.distance_known for batch in found])
        assert ignored.any() and not known[:, 0][ignored].any() and known.any() and not known[:, 1].all()


def test_other_surroundings_are_background_and_their_distance_is_unknown(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they were left out of the loss, a network took smooth synthetic tissue for the structure."""
    case = cache.with_role("labelled")[0]
    patch = {"patch": (32, 32, 32), "field_of_view_probability": 1.0}
    maker = PatchMaker(cache, PatchSettings.of(settings(**patch)))
    visible = np.zeros((32, 32, 32), dtype=bool)

    def half(image: np.ndarray, *_: object) -> tuple[np.ndarray, np.ndarray]:
        return image, visible

    monkeypatch.setattr("ugmcl.data.patches.change_field_of_view", half)
    hidden = maker.draw(case, True, np.random.default_rng(3))
    visible[:, :, :16] = True
    shown = maker.draw(case, True, np.random.default_rng(3))
    visible[...] = True
    whole = maker.draw(case, True, np.random.default_rng(3))
    assert (whole.label[:, :, 16:] > 0).any() and whole.known.any()
    assert (shown.label[:, :, :16] == whole.label[:, :, :16]).all()
    assert (shown.label[:, :, 16:] == 0).all() and (hidden.label == 0).all()
    assert not shown.known[..., 16:].any() and not hidden.known.any()


def test_share_of_foreground_is_the_same_policy_for_both_streams(cache: Cache) -> None:
    """The ball is in the middle: patches around it hold that more often, in both streams alike."""
    maker = PatchMaker(cache, PatchSettings.of(settings(patch=(8, 8, 8), foreground_share=1.0)))
    anywhere = PatchMaker(cache, PatchSettings.of(settings(patch=(8, 8, 8))))

    def middle(which: PatchMaker, role: str) -> float:
        case = cache.with_role(role)[0]
        hits = 0
        for seed in range(60):
            start = np.array(which._start(case, role == "labelled", np.random.default_rng(seed)))
            center = np.array(case.shape_zyx) // 2
            hits += bool(((start <= center) & (center < start + 8)).all())
        return hits / 60

    for role in ("labelled", "unlabelled"):
        assert middle(maker, role) > middle(anywhere, role) + 0.1
    labels = [maker.draw(cache.case("ball_0"), True, np.random.default_rng(k)).label for k in range(20)]
    assert all(label.any() for label in labels)


def test_without_unlabelled_cases_or_batch_there_are_labelled_patches_only(cache: Cache) -> None:
    assert BatchSource(cache, settings(unlabelled_batch=0))[0].image.shape[0] == 2
    labelled = replace(cache, cases=cache.with_role("labelled"))
    assert BatchSource(labelled, settings())[0].image.shape[0] == 2
    with pytest.raises(UserError, match="no labelled case"):
        BatchSource(replace(cache, cases=cache.with_role("unlabelled")), settings())


@pytest.mark.slow
def test_processes_make_the_same_batches_in_order(cache: Cache) -> None:
    source = BatchSource(cache, settings(intensity_probability=0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        made = list(batch_loader(source, 2, 9, 2))
    assert [batch.iteration for batch in made] == list(range(2, 9))
    assert all(equal(batch, source[batch.iteration]) for batch in made)


def test_where_processes_fail_this_one_goes_on_and_says_so(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = BatchSource(cache, settings())

    class Dying:
        def __init__(self, *arguments, **keywords) -> None:
            pass

        def __iter__(self):
            yield source[0]
            yield source[1]
            raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Bus error\nmore")

    monkeypatch.setattr(batches, "DataLoader", Dying)
    with pytest.warns(RuntimeWarning, match="Bus error"):
        made = list(batch_loader(source, 0, 5, 2))
    assert [batch.iteration for batch in made] == [0, 1, 2, 3, 4]


def test_a_damaged_cache_is_named_also_from_a_process(cache: Cache) -> None:
    for case in cache.with_role("labelled"):
        (cache.folder / "cases" / case.id / "label.npy").write_bytes(b"")
    with (
        pytest.warns(RuntimeWarning),
        pytest.raises(UserError, match="prepared label of case ball_") as caught,
    ):
        list(batch_loader(BatchSource(cache, settings()), 0, 3, 1))
    assert "\n" not in str(caught.value)


def test_time_and_bytes_do_not_grow_with_the_number_of_cases(cache: Cache) -> None:
    """A batch opens the arrays of its own cases and no other, however many the cache lists."""
    many = [replace(case, id=f"{case.id}") for case in cache.cases]
    ghosts = [replace(many[0], id=f"ghost_{n}") for n in range(5000)]  # no files: opening one would fail
    labelled = replace(cache, cases=(*many, *(replace(g, role="validation") for g in ghosts)))
    opened: list[str] = []

    class Counting(Cache):
        def _array(self, identifier: str, kind: str) -> np.ndarray:
            opened.append(identifier)
            return super()._array(identifier, kind)

    for which in (cache, labelled):
        opened.clear()
        counted = Counting(**{name: getattr(which, name) for name in Cache.__dataclass_fields__})
        batch = BatchSource(counted, settings())[0]
        assert set(opened) == set(batch.cases) and len(opened) == 7  # image each, label and distance of two


def test_plain_patches_for_running_statistics(cache: Cache) -> None:
    roles = ("labelled", "unlabelled")
    patches = list(inference_patches(cache, roles, (16, 8, 8), 13, seed=3))
    assert len(patches) == 13 and all(p.shape == (1, 8, 8, 16) and p.dtype == np.float32 for p in patches)
    again = list(inference_patches(cache, roles, (16, 8, 8), 13, seed=3))
    assert all(np.array_equal(a, b) for a, b in zip(patches, again, strict=True))
    images = [np.asarray(cache.image(case.id), np.float32) for case in cache.with_role(*roles)]
    first = patches[0][0, 0, 0, 0]
    assert any((image == first).any() for image in images)
    assert list(inference_patches(cache, ("excluded",), (8, 8, 8), 5, 0)) == []


def test_training_from_a_cache_needs_no_image_library(cache: Cache, root: Path) -> None:
    """On a bare GPU machine: torch, numpy, scipy, safetensors and pydantic at most."""
    code = f"""
import sys
for name in ("SimpleITK", "monai", "pydicom", "nibabel", "matplotlib", "jinja2", "tqdm"):
    sys.modules[name] = None
import json
from types import SimpleNamespace
from ugmcl.data.batches import BatchSource
from ugmcl.data.cache import open_cache
values = json.loads({json.dumps(json.dumps(DEFAULTS))})
print(tuple(BatchSource(open_cache({str(cache.folder)!r}), SimpleNamespace(**values))[0].image.shape))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "(3, 1, 16, 16, 16)", done.stderr
