"""Model and settings by real clicks: the form of the schema, what a model decides, what is refused, files."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def way(panel: Any) -> Any:
    from training_way import TrainingWay

    return TrainingWay(panel.host, panel.widget)


@pytest.fixture
def plan(way: Any) -> Any:
    section = way.section("PlanSection")
    section.ui.planAdvancedButton.setProperty("collapsed", False)
    section.ui.planMoreButton.setProperty("collapsed", False)
    way.settle()
    return section


def type_value(way: Any, plan: Any, name: str, text: str) -> None:
    control = plan.form.control(name)
    way.host.type_text(control, text)
    way.host.press("Tab", control)
    way.wait(lambda: not plan.checking, "the check of the settings")


def test_every_setting_has_a_control_that_explains_itself(plan: Any) -> None:
    from UGMCLTrainingLib.plan.schema import ELSEWHERE, fields, parse, preset_values, presets, value_words

    schema = json.loads(
        (Path(__file__).parents[3] / "ugmcl/training/settings.schema.json").read_text(encoding="utf-8")
    )
    known = {field.name: field for field in fields()}
    assert known.keys() | set(ELSEWHERE) == schema["properties"].keys()
    assert list(known)[:3] == ["method", "iterations", "patch"]
    for name, field in known.items():
        assert plan.form.control(name).toolTip, name
        assert field.description, name
    assert presets()[0] == "fine-tune"
    for preset in presets():  # what is shown is what is understood
        for name, field in known.items():
            value = preset_values(preset)[name]
            assert value_words(parse(field, value_words(value))) == value_words(value), (preset, name)


def test_a_preset_fills_the_form_and_a_change_is_marked(way: Any, plan: Any, panel: Any) -> None:
    way.host.choose(plan.ui.planPresetCombo, "paper: as published")
    way.settle()
    assert plan.form.control("passes").text == "8"
    assert plan.form.control("patch").text == "112, 112, 80"
    type_value(way, plan, "passes", "4")
    assert plan.own() == {"passes": 4}
    assert "Preset paper: 8" in plan.form.control("passes").toolTip
    type_value(way, plan, "passes", "8")
    assert plan.own() == {}
    type_value(way, plan, "beta", "0.5")
    way.host.click(plan.ui.planResetButton)
    assert plan.own() == {}


def test_what_comes_from_the_model_cannot_be_changed(way: Any, plan: Any, narrow_model: str) -> None:
    from ugmcl.models.library import find_model

    plan.reload_models()
    way.choose_model(find_model(narrow_model).title)
    width = plan.form.control("width")
    assert width.text == "2" and not width.enabled and "starting model" in width.toolTip
    assert not plan.form.control("spacing_mm").enabled
    assert "anterior hippocampus" in plan.ui.planModelTextLabel.text
    assert plan.fault == ""


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("passes", "0", "passes"),
        ("beta", "1.5", "beta"),
        ("noise", "0.5", "noise_clip"),
        ("patch", "20, 20, 20", "patch"),
        ("iterations", "many", "iterations"),
    ],
)
def test_a_wrong_value_is_refused_with_its_reason(
    way: Any, plan: Any, name: str, text: str, words: str
) -> None:
    type_value(way, plan, name, text)
    assert words in plan.fault, plan.fault
    assert plan.ui.planMessageLabel.text == plan.fault and "\n" not in plan.fault
    type_value(
        way, plan, name, "auto" if name == "patch" else {"noise": "0.1", "beta": "0.75"}.get(name, "2")
    )
    assert plan.fault == "", plan.fault


def test_settings_go_with_the_scene_and_into_files(
    way: Any, plan: Any, panel: Any, host: Any, tmp_path: Path
) -> None:
    import slicer

    type_value(way, plan, "learning_rate", "0.002")
    plan.save(tmp_path / "ours.json")
    command = "import sys; from ugmcl.training.loading import load_settings; "
    command += "s = load_settings(None, sys.argv[1]); print(s.learning_rate, s.optimiser)"
    done = subprocess.run(
        [sys.executable, "-c", command, str(tmp_path / "ours.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0.002", "adamw"]
    panel.parameters.budget = "thorough"
    slicer.util.saveScene(str(tmp_path / "scene.mrml"))
    host.close_scene()
    assert plan.own() == {}
    slicer.util.loadScene(str(tmp_path / "scene.mrml"))
    host.process_events(0.2)
    assert plan.own() == {"learning_rate": 0.002} and panel.parameters.budget == "thorough"
    panel.parameters.settingsJson = "{}"
    plan.load(tmp_path / "ours.json")
    assert plan.own() == {"learning_rate": 0.002}
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    plan.load(tmp_path / "bad.json")
    assert "damaged" in plan.ui.planMessageLabel.text
    plan.save(tmp_path / "nowhere" / "x.json")
    assert "cannot be saved" in plan.ui.planMessageLabel.text


def test_the_structures_that_begin_anew_are_said_before_the_start(
    way: Any, plan: Any, narrow_model: str, project_data: Path, tmp_path: Path
) -> None:
    from ugmcl.models.library import find_model

    project = way.make_project(tmp_path / "project")
    way.add_folder(project_data)
    names = {"1": "anterior hippocampus", "2": "amygdala"}
    segments = find_model(narrow_model).segments
    project.set_segments([replace(s, name=names[str(s.value)], terminology=None) for s in segments])
    way.widget.project_changed()
    plan.reload_models()
    way.choose_model(find_model(narrow_model).title)
    way.wait(lambda: plan.ui.planSegmentsLabel.text, "the structures")
    assert "amygdala" in plan.ui.planSegmentsLabel.text
    assert "posterior hippocampus" in plan.ui.planSegmentsLabel.text
