"""The same from Python: project, estimate, training, pause, resume, the model in the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)
SMALL: dict[str, Any] = {"patch": [16, 32, 16], "passes": 1, "threads": 1, "loader_processes": 0}


@pytest.fixture
def logic(module: Any) -> Any:
    return module.UGMCLTrainingLogic()


@pytest.fixture
def project(logic: Any, project_data: Path, tmp_path: Path) -> Any:
    from UGMCLTrainingLib.cases.from_disk import find_cases

    made = logic.open_project(tmp_path / "project")
    found = find_cases(project_data, made.hash_of_patient)
    made.add(found.cases, ["T1 MRI"])
    return logic.open_project(made.folder)


def test_a_script_trains_pauses_and_resumes(logic: Any, project: Any, host: Any) -> None:
    from ugmcl.jobs.runs import summarise
    from ugmcl.models.library import find_model

    run = logic.train(project, name="script", width=2, iterations=200, checkpoint_every=5, **SMALL)
    host.wait_until(lambda: summarise(run).iteration >= 5, 250, "the first steps")
    logic.pause(run)
    host.wait_until(lambda: summarise(run).state == "stopped", 250, "the pause")
    assert summarise(run).iteration < 200
    logic.resume(run, wait=True)
    assert summarise(run).state == "done" and summarise(run).iteration == 200
    assert [found.folder for found in logic.runs() if found.folder == run] == [run]
    package = logic.use_model(run)
    assert find_model(package.id).weights_sha256 == find_model(run / "model").weights_sha256


def test_an_estimate_and_a_budget_that_is_none(logic: Any, project: Any) -> None:
    from ugmcl.errors import UserError

    found = logic.estimate(project, width=2, **SMALL)
    assert found["budgets"]["standard"]["iterations"] >= 1000
    with pytest.raises(UserError, match="no budget"):
        logic.train(project, budget="endless", width=2, **SMALL)


def test_faults_are_one_line(logic: Any, project: Any, tmp_path: Path) -> None:
    from ugmcl.errors import UserError

    with pytest.raises(UserError, match="passes"):
        logic.train(project, name="wrong", wait=True, **{**SMALL, "passes": 0})
    empty = logic.open_project(tmp_path / "empty")
    with pytest.raises(UserError, match="labelled"):
        logic.train(empty)
    with pytest.raises(UserError, match="no model"):
        logic.train(project, start="nothing-like-it")
