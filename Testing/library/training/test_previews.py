"""Previews: one case as the newest network segments it, in files that Slicer opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.data.cache import Cache
from ugmcl.errors import Stopped, UserError
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.segmentation_files import read_segmentation

Settings = Callable[..., TrainingSettings]


@pytest.fixture
def watcher(recorder: Any) -> Any:
    class Watcher(recorder):
        def __init__(self) -> None:
            super().__init__()
            self.previews: list[tuple[Path, int | None]] = []

        def preview(self, path: Path, iteration: int | None = None) -> None:
            self.previews.append((Path(path), iteration))

    return Watcher()


def test_files_and_events(
    cache_folder: Path, cache: Cache, tiny: Settings, tmp_path: Path, watcher: Any
) -> None:
    run = tmp_path / "run"
    train(cache_folder, run, tiny(preview_every=4), reporter=watcher)
    told = [(path.name, t) for path, t in watcher.previews if path.suffix == ".nrrd"]
    assert told == [("000004.seg.nrrd", 4), ("000008.seg.nrrd", 8), ("000012.seg.nrrd", 12)]
    case = cache.with_role("validation")[0]
    image = read_image(run / "previews" / "image.nrrd")
    np.testing.assert_array_equal(image.array.squeeze(), np.asarray(cache.image(case.id)[0], np.float32))
    np.testing.assert_allclose(image.affine, case.affine)
    reference, segments = read_segmentation(run / "previews" / "reference.seg.nrrd")
    np.testing.assert_array_equal(reference.array.squeeze(), np.asarray(cache.label(case.id)))
    newest, its = read_segmentation(run / "previews" / "000012.seg.nrrd")
    assert [s.name for s in its] == [s.name for s in segments] == ["right", "left"]
    assert newest.array.squeeze().shape == case.shape_zyx and newest.affine == pytest.approx(case.affine)
    assert not list((run / "previews").glob(".*"))


def test_they_change_nothing_and_may_be_asked_for_later(
    cache_folder: Path, tiny: Settings, tmp_path: Path, recorder
) -> None:
    plain, seen = tmp_path / "plain", tmp_path / "seen"
    train(cache_folder, plain, tiny())
    with pytest.raises(Stopped):
        train(cache_folder, seen, tiny(), reporter=recorder(5))
    train(None, seen, TrainingSettings(preview_every=7), resume=True)
    assert [file.name for file in sorted((seen / "previews").glob("0*"))] == ["000007.seg.nrrd"]
    place = Path("checkpoints", "000012", "student.safetensors")
    assert (plain / place).read_bytes() == (seen / place).read_bytes()
    assert not (plain / "previews").exists()


def test_a_preview_that_cannot_be_written_costs_no_training(
    cache_folder: Path, tiny: Settings, tmp_path: Path, recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UserError("cannot be written", tmp_path)

    monkeypatch.setattr("ugmcl.volumes.writing.write_image", refuse)
    told = recorder()
    assert train(cache_folder, tmp_path / "run", tiny(preview_every=4), reporter=told).iterations == 12
    assert [text for text in told.texts("warning") if "previews" in text] == [
        f"No previews are written: {tmp_path}: cannot be written."
    ]
