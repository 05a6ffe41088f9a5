"""What `conclude_run` leaves: verdict, control, calibrated model, files; and how it goes on."""

from __future__ import annotations

import json

from ugmcl.models.package import read_package
from ugmcl.outcome.conclude import conclude_run
from ugmcl.outcome.record import load_outcome

FEW = ("labelled", "labelled", "unlabelled", "validation", "validation")


def test_too_few_cases_are_called_so_and_the_control_has_a_run_of_its_own(make_run) -> None:
    run = make_run(FEW)
    found = conclude_run(run, control=True)
    assert (found.verdict, found.role, found.cases, found.seen_by_choice) == (
        "too few",
        "validation",
        2,
        True,
    )
    assert "at least 6" in found.sentence and found.sentence in found.warnings
    assert load_outcome(run) == found
    control = json.loads((run / "control" / "settings.json").read_text())
    mine = json.loads((run / "settings.json").read_text())
    assert (control["method"], control["unlabelled_batch"]) == ("supervised", 0)
    for name in ("iterations", "seed", "patch", "width", "start_learning_rate"):
        assert control[name] == mine[name]
    assert read_package(run / "control" / "model").name.endswith("-control")
    assert {row["pair"] for row in found.paired} == {"after-before", "control-before", "after-control"}
    assert {row["segment"] for row in found.rows} == {"right", "left"}
    assert all(row[model] is not None for row in found.rows for model in ("before", "after", "control"))
    assert found.best is not None and (run / found.best["picture"]).stat().st_size > 10_000
    assert (run / "report.html").is_file()
