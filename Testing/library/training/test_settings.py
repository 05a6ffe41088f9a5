"""Settings: presets, files and single values put together; every fault in one line that names the setting."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.training.loading import (
    SCHEMA_FILE,
    check_settings,
    load_settings,
    preset_names,
    read_preset,
    settings_schema,
)
from ugmcl.training.settings import TrainingSettings


def test_schema_file_is_current() -> None:
    committed = SCHEMA_FILE.read_text(encoding="utf-8")
    assert committed == settings_schema(), (
        "settings.schema.json is out of date; renew it: python -c 'from ugmcl.training.loading import *; "
        'SCHEMA_FILE.write_text(settings_schema(), encoding="utf-8")\''
    )


def test_every_setting_is_described() -> None:
    properties = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["properties"]
    assert set(properties) == set(TrainingSettings.model_fields)
    for name, entry in properties.items():
        assert len(entry.get("description", "")) > 10, name


@pytest.mark.parametrize("name", ["paper", "fine-tune", "plus"])
def test_presets_are_valid(name: str) -> None:
    assert name in preset_names()
    settings = load_settings(name)
    for key, value in read_preset(name).items():
        found = getattr(settings, key)
        assert (list(found) if isinstance(found, tuple) else found) == value


def test_the_paper_preset_is_the_paper() -> None:
    paper = load_settings("paper")
    assert (paper.iterations, paper.patch, paper.optimiser) == (6000, (112, 112, 80), "sgd")
    assert (paper.learning_rate, paper.momentum, paper.weight_decay) == (0.01, 0.9, 1e-4)
    assert (paper.schedule, paper.schedule_step, paper.schedule_factor) == ("step", 2500, 0.1)
    assert (paper.beta, paper.intra_weight, paper.cross_weight, paper.passes, paper.ema) == (
        0.75, 0.1, 0.1, 8, 0.99,
    )  # fmt: skip
    assert (paper.distance_scale, paper.sharpness, paper.distance_weight) == ("patch", 1500, 0.3)
    assert set(paper.dropout_at) == {"bottleneck", "last"}


def test_order_is_preset_file_value(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("passes = 5\nseed = 7\n")
    settings = load_settings("fine-tune", file, ["seed=9"])
    assert (settings.schedule, settings.passes, settings.seed) == ("cosine", 5, 9)
    assert settings.explicit == {"passes", "seed"}


def test_a_run_s_own_settings_file_can_be_used(tmp_path: Path) -> None:
    first = load_settings("plus", None, ["patch=48,64,48"])
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(first.model_dump(mode="json")))
    assert load_settings(None, file).model_dump() == first.model_dump()


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("patch=48,64,48", "patch", (48, 64, 48)),
        ("patch=[48, 64, 48]", "patch", (48, 64, 48)),
        ("flip_axes=x", "flip_axes", ("x",)),
        ("flip_axes=none", "flip_axes", ()),
        ("rotate-planes=xy,xz", "rotate_planes", ("xy", "xz")),
        ("separate_passes=false", "separate_passes", False),
        ("learning_rate=5e-4", "learning_rate", 5e-4),
        ("spacing_mm=keep", "spacing_mm", "keep"),
        ("spacing_mm=1,1,1.5", "spacing_mm", (1.0, 1.0, 1.5)),
        ("clip_percentiles=none", "clip_percentiles", None),
    ],
)
def test_single_values(text: str, name: str, value: object) -> None:
    assert getattr(load_settings("paper", None, [text]), name) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pases=2", "there is no setting 'pases'.*passes"),
        ("passes=0", "passes = 0: .*greater than or equal to 1"),
        ("patch=48,64,40", "patch = 40: .*multiple of 16"),
        ("norm=bath", "norm = bath: .*'batch', 'group' or 'instance'"),
        ("ema=1.5", "ema = 1.5"),
        ("noise_clip=0.05", r"noise_clip \(0.05\) must not be below noise \(0.1\)"),
        ("flip_axes=x,x", "flip_axes names a value twice"),
        ("clip_percentiles=99,1", "two rising values"),
        ("learning_rate=nan", "learning_rate = nan"),
    ],
)
def test_faults_are_one_line_that_names_the_setting(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        load_settings("paper", None, [text])
    assert re.search(words, str(caught.value))
    assert "\n" not in str(caught.value)


def test_values_that_do_not_fit_together() -> None:
    with pytest.raises(UserError, match=r"warmup \(100\) must be shorter than iterations \(50\)"):
        check_settings({"warmup": 100, "iterations": 50})
    with pytest.raises(UserError, match="needs separate_passes"):
        check_settings({"separate_passes": False, "bn_update": "labelled"})
    with pytest.raises(UserError, match="needs unlabelled_batch"):
        check_settings({"unlabelled_batch": 0, "bn_update": "unlabelled"})


def test_a_short_training_shortens_the_preset_s_warm_up() -> None:
    assert load_settings("fine-tune", None, {"iterations": 50}).warmup == 5
    assert load_settings("fine-tune").warmup == 100


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "passes = = 2"), ("a.json", "{"), ("a.json", "[1]"), ("absent.toml", None)]
)
def test_damaged_files(tmp_path: Path, name: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=re.escape(name)):
        load_settings("paper", tmp_path / name)


def test_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match="fine-tune, paper, plus"):
        load_settings("papr")
