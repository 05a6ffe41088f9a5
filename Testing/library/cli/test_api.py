"""The public interface: its names, what it costs to import, and what its functions give."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ugmcl

WriteBall = Callable[..., tuple[Path, Path]]


def test_every_public_name_is_there_and_explained() -> None:
    for name in ugmcl.__all__:
        value = getattr(ugmcl, name)
        assert name == "__version__" or inspect.getdoc(value)
    assert set(ugmcl.__all__) <= set(dir(ugmcl))


def test_public_functions_say_what_they_take_and_raise() -> None:
    for name in ("segment", "segment_cohort", "check", "prepare", "train", "evaluate", "compare"):
        function = getattr(ugmcl, name)
        text = inspect.getdoc(function) or ""
        assert "Args:" in text and "Returns:" in text and "Raises:" in text, name
        for parameter in inspect.signature(function).parameters:
            assert f"{parameter}:" in text or f"``{parameter}``" in text, f"{name}: {parameter}"


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="magic"):
        ugmcl.magic  # noqa: B018


def test_segment_as_in_the_readme(write_ball: WriteBall, tiny_package: Path, tmp_path: Path) -> None:
    image, _ = write_ball("scan")
    result = ugmcl.segment(image, model=tiny_package, passes=3)
    assert result.label.array.shape == result.uncertainty.array.shape == (1, 20, 24, 22)
    assert result.label.array.dtype == np.uint8 and result.uncertainty.array.min() >= 0
    assert result.uncertainty.array.max() <= 1
    assert result.report["way"]["passes"] == 3 and result.report["segments"][0]["volume_ml"] is not None
    assert (tmp_path / "r" / "scan_preview.png") in result.save(tmp_path / "r").values()


def test_options_once(write_ball: WriteBall, tiny_package: Path) -> None:
    from ugmcl.segmentation.options import SegmentOptions

    image, _ = write_ball()
    with pytest.raises(ugmcl.UserError, match="no such option"):
        ugmcl.segment(image, model=tiny_package, pases=3)
    with pytest.raises(ugmcl.UserError, match="twice"):
        ugmcl.segment(image, model=tiny_package, options=SegmentOptions(), passes=3)


def test_a_cohort(write_ball: WriteBall, tiny_package: Path, tmp_path: Path) -> None:
    images = [write_ball(name)[0] for name in ("a", "b")]
    cohort = ugmcl.segment_cohort(images, tiny_package, tmp_path / "r", preview=False)
    assert cohort.done == ["a", "b"] and not cohort.failed


def test_check_prepare_train_evaluate(ball_dataset: Path, tmp_path: Path) -> None:
    small = {"width": 2, "patch": [16, 16, 16], "iterations": 3, "recalibration_patches": 4}
    assert [f for f in ugmcl.check(ball_dataset) if f.severity == "error"] == []
    cache = ugmcl.prepare(ball_dataset, tmp_path / "cache", settings=small)
    assert len(cache.cases) == 8 and cache.spec.patch == (16, 16, 16)
    run = ugmcl.train(tmp_path / "cache", output=tmp_path / "run", preset="fine-tune", settings=small)
    assert run.iterations == 3 and run.model is not None
    table = ugmcl.evaluate(model=run.model, dataset=ball_dataset, role="validation", passes=1)
    assert {row["segment"] for row in table.rows} == {"lower half", "upper half"}
    rows = ugmcl.compare(table, table)
    assert all(row["difference"] == 0 for row in rows)


def test_models_are_found_by_folder(tiny_package: Path) -> None:
    package = ugmcl.find_model(tiny_package)
    assert package.name == "tiny" and ugmcl.find_model(package) is package
    assert isinstance(ugmcl.list_models(), list)
