"""The whole way by clicks: cases, start, pause, resume, report, the new model used in the other module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.timeout(600)
ITERATIONS = 60


@pytest.fixture
def way(panel: Any) -> Any:
    from training_way import TrainingWay

    return TrainingWay(panel.host, panel.widget)


@pytest.fixture
def site(sample_cases: Any, tmp_path: Path) -> Path:
    """Three labelled, two unlabelled cases and one for the report, as a data set folder."""
    import shutil

    folder = tmp_path / "our site"
    cases = []
    for number, (name, image, label) in enumerate(sample_cases[:6]):
        role = "labelled" if number < 3 else "unlabelled" if number < 5 else "test"
        for kind, source in (("images", image), ("labels", label)):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            if kind == "images" or role != "unlabelled":
                shutil.copy(source, folder / kind / f"{name}.nii.gz")
        has_label = f"labels/{name}.nii.gz" if role != "unlabelled" else None
        cases.append({"id": name, "image": f"images/{name}.nii.gz", "label": has_label, "role": role})
    labels = {"1": {"name": "anterior hippocampus"}, "2": {"name": "posterior hippocampus"}}
    document = {"labels": labels, "channels": ["T1 MRI"], "cases": cases}
    (folder / "dataset.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def weights(folder: Path) -> dict[str, np.ndarray]:
    from ugmcl.models.tensors import read_tensors

    return read_tensors(folder / "weights.safetensors")


def test_from_cases_to_a_better_model_in_the_list(
    way: Any, panel: Any, host: Any, site: Path, narrow_model: str, tmp_path: Path
) -> None:
    import slicer

    from ugmcl.models.library import find_model, list_models

    project = way.make_project(tmp_path / "project")
    way.add_folder(site)
    assert (project.count("labelled"), project.count("unlabelled"), project.count("test")) == (3, 2, 1)

    plan, begin = way.section("PlanSection"), way.section("BeginSection")
    plan.reload_models()
    way.choose_model(find_model(narrow_model).title)
    assert panel.parameters.startModel == narrow_model
    host.choose(plan.ui.planBudgetCombo, "Own number of iterations (Advanced)")
    plan.ui.planAdvancedButton.setProperty("collapsed", False)
    way.settle()
    for name, text in (("iterations", str(ITERATIONS)), ("patch", "16, 32, 16"), ("passes", "1")):
        host.type_text(plan.form.control(name), text)
        host.press("Tab", plan.form.control(name))
    way.settle()
    values = {"threads": 1, "loader_processes": 0, "checkpoint_every": 10, "start_learning_rate": 0.02}
    panel.parameters.settingsJson = json.dumps({**plan.own(), **values})
    way.settle()
    way.wait(lambda: not plan.checking, "the check of the settings")
    assert plan.own()["iterations"] == ITERATIONS and plan.fault == ""
    host.click(plan.ui.planControlCheckBox)
    host.start_pause_watch()

    way.click("BeginSection", "beginEstimateButton")
    way.wait(lambda: begin.measuring is None, "the estimate")
    assert begin.estimate is not None, begin.ui.beginMessageLabel.text
    assert begin.ui.beginTable.rowCount == 4 and "steps a second" in begin.ui.beginNeedLabel.text

    run = way.start()
    assert run.parent == project.runs_folder
    way.wait(lambda: way.summary() is not None and way.summary().iteration >= 10, "ten iterations")
    way.click("RunsSection", "runsPauseButton")
    paused = way.wait_for_state("stopped")
    assert 10 <= paused.iteration < ITERATIONS
    assert not (run / "model").exists()
    way.click("RunsSection", "runsResumeButton")
    done = way.wait_for_state("done", patience_s=200)
    assert done.iteration == ITERATIONS and done.has_model and done.has_report

    before, after = weights(find_model(narrow_model).path), weights(run / "model")
    assert any(not np.array_equal(before[name], after[name]) for name in before)
    outcome = json.loads((run / "outcome.json").read_text(encoding="utf-8"))
    assert outcome["verdict"] == "too few" and outcome["cases"] == 1
    assert all(row["control"] is not None for row in outcome["rows"])
    assert any(row["after"] != row["before"] for row in outcome["rows"]), "nothing was learnt"
    result = way.section("OutcomeSection")
    way.wait(lambda: outcome["sentence"] in result.ui.outcomeVerdictLabel.text, "the verdict")

    way.wait(lambda: result.ui.outcomeUseButton.enabled, "the model's name")
    way.click("OutcomeSection", "outcomeUseButton")
    model = find_model(run / "model")
    way.wait(lambda: model.id in {entry.id for entry in list_models()}, "the model in the library")
    longest = host.longest_pause()
    other = host.open("UGMCLSegmentation")
    volume = slicer.util.loadVolume(str(site / "images" / f"{project.cases[-1].id}.nii.gz"))
    other.parameters.inputVolume = volume
    other.parameters.model = model.id
    host.process_events(0.2)
    assert other.ui.modelCombo.currentText.startswith(model.title)
    host.click(other.ui.segmentButton)
    section = next(s for s in other.sections if type(s).__name__ == "RunSection")
    host.wait_until(lambda: section.run.ended, 250, "the segmentation")
    assert section.run.state == "done", section.run.error
    assert json.loads(section.run.nodes.report.GetText())["model"]["name"] == model.name
    assert longest < 1.0, f"the window stood still for {longest:.2f} s"
