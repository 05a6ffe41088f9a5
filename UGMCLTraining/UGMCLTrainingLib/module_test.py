"""The module's own test, for a real Slicer and for the host: from labelled volumes to a model of one's own.

Runs by "Reload and Test" in Slicer's developer mode, by ``ctest -R py_UGMCLTraining`` and in the host's
tests. It clears the scene first, and works in a temporary folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer

MODEL = "hippocampus"
SETTINGS = {
    "iterations": 4, "patch": [32, 48, 32], "passes": 1, "labelled_batch": 1, "unlabelled_batch": 1,
    "recalibration_patches": 4, "loader_processes": 0, "warmup": 0,
}  # fmt: skip


def run_module_test(say: Callable[[str], None] = print) -> list[str]:
    """Runs every step that this Slicer allows.

    Args:
        say: told what begins.

    Returns:
        The steps that were done; only those before the training where nothing is set up to compute it.

    Raises:
        AssertionError: a step went wrong.
    """
    slicer.mrmlScene.Clear(0)
    done = []
    with tempfile.TemporaryDirectory(prefix="ugmcl-training-test-") as place:
        from UGMCLTraining import UGMCLTrainingLogic

        logic = UGMCLTrainingLogic()
        project = logic.open_project(Path(place) / "project")
        say("Cases from the scene and from files")
        add_cases(project)
        done.append("cases")
        if not logic.can_compute():
            say(
                "Left out: training. Set up the computation in UG-MCL Segmentation, then run this test again."
            )
            return done
        say("Training a few steps in the background (the first time loads torch: up to a minute)")
        run = logic.train(project, start=MODEL, name="test", wait=True, **SETTINGS)
        check_run(logic, run)
        done.append("run")
        say("Reopening the project")
        check_reopened(logic, project)
        done.append("reopened")
    return done


def add_cases(project: Any) -> None:
    """One labelled case through the scene, one unlabelled case by its file."""
    from ugmcl.models.library import find_model
    from ugmcl.samples import list_samples, verify
    from ugmcl.slicer.steps import run_now
    from UGMCLTrainingLib.cases.from_scene import SceneCase, add_steps
    from UGMCLTrainingLib.cases.project_case import LabelEntry, ProjectCase

    first, second = (verify(sample) for sample in list_samples()[:2])
    project.set_segments(find_model(MODEL).segments)
    volume = slicer.util.loadVolume(str(first.image))
    label = slicer.util.loadLabelVolume(str(first.reference))
    entries = tuple(LabelEntry(value, name) for value, (name, _colour) in first.segments.items())
    run_now(add_steps(project, [SceneCase((volume,), label, entries)]))
    project.add([ProjectCase(second.id, (Path(second.image),))])
    project.set_roles({project.cases[0].id: "labelled"})
    assert [case.role for case in project.cases] == ["labelled", "unlabelled"]
    assert project.cases[0].images[0].is_file() and project.cases[0].label.is_file()
    assert first.id not in project.cases[0].id, "a name left the scene"


def check_run(logic: Any, run: Path) -> None:
    """The run is done, listed, and made a model that differs from its beginning only in its weights."""
    from ugmcl.models.library import find_model

    summary = next(found for found in logic.runs(run.parent) if found.folder == run)
    assert summary.state == "done", summary.error
    assert summary.iteration == SETTINGS["iterations"]
    model, start = find_model(run / "model"), find_model(MODEL)
    assert [segment.name for segment in model.segments] == [segment.name for segment in start.segments]
    assert model.weights_sha256 != start.weights_sha256
    assert (run / "report.html").is_file()


def check_reopened(logic: Any, project: Any) -> None:
    """What the folder says is what was in memory."""
    again = logic.open_project(project.folder)
    assert [(case.id, case.role) for case in again.cases] == [(case.id, case.role) for case in project.cases]
