"""The full proof of the Training module: another site's model, our cases, one click, and what it brought.

    make training-proof DATA=... OUTPUT=...

DATA is the hippocampus data set (``cases.json`` with 160 training and 40 test cases). A model "of another
site" is trained on the first 5 training cases; then, through the panel in the test host, the next 5
(labelled) and the 20 after them (unlabelled) are added, the Standard budget is started with a control, and
the run's own report compares the three models on the 40 test cases, which no training sees. Started again it
goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BASE, NAME = "hippocampus-other-site", "standard"
BASE_SETTINGS = ("unlabelled_batch=0", "width=8", "iterations=1500", "seed=1")
PATIENCE_S = 6 * 3600.0


def write_cases(data: Path, folder: Path, roles: dict[str, str], first: int, count: int, tests: bool) -> Path:
    """A data set folder of training cases ``first`` to ``first + count``, copied; roles by place."""
    listed = json.loads((data / "cases.json").read_text(encoding="utf-8"))
    training = [case for case in listed["cases"] if case["role"] == "training"][first : first + count]
    entries = []
    for place, case in enumerate(training):
        entries.append((case, next(role for limit, role in roles.items() if place < int(limit))))
    if tests:
        entries += [(case, "test") for case in listed["cases"] if case["role"] == "test"]
    cases = []
    for case, role in entries:
        kept = {"id": case["id"], "image": case["image"], "label": case["label"], "role": role}
        if role == "unlabelled":
            kept["label"] = None  # it is not even copied
        for path in (kept["image"], kept["label"]):
            if path is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(data / path, folder / path)
        cases.append(kept)
    document = {"labels": listed["labels"], "channels": ["T1 MRI"], "cases": cases}
    (folder / "dataset.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return folder


def make_base(data: Path, output: Path) -> Path:
    """The other site's model, by the command line."""
    if not (output / "base" / "model" / "model.json").is_file():
        cases = write_cases(data, output / "other site", {"5": "labelled"}, 0, 5, tests=False)
        words = [word for pair in (*BASE_SETTINGS, f"model_name={BASE}") for word in ("--set", pair)]
        given = ["train", str(cases), "--output", str(output / "base"), "--method", "supervised", *words]
        subprocess.run([sys.executable, "-m", "ugmcl", *given], check=True)
    return output / "base" / "model"


def run_panel(data: Path, output: Path, pictures: Path | None, threads: int | None) -> dict[str, Any]:
    """Through the panel; figures of the window besides the run's outcome."""
    os.environ["UGMCL_HOME"] = str(output / "home")
    from training_way import TrainingWay

    from host import start_host
    from ugmcl.models.exchange import import_model

    base = import_model(make_base(data, output))
    host = start_host(home=output / "host")
    for module in ("UGMCLSegmentation", "UGMCLTraining"):
        host.load_module(ROOT / module / f"{module}.py")
    way = TrainingWay(host, host.open("UGMCLTraining"))
    begun, project = time.monotonic(), output / "project"
    way.make_project(project)
    host.start_pause_watch()
    run = project / "runs" / NAME
    if run.is_dir():
        way.widget.select_run(run)
        way.settle()
        if way.wait_for_state("running", "done", "interrupted", "stopped", "failed").state not in (
            "running",
            "done",
        ):
            way.click("RunsSection", "runsResumeButton")
    else:
        roles = {"5": "labelled", "25": "unlabelled"}
        if not way.widget.project().cases:
            way.add_folder(write_cases(data, output / "our site", roles, 5, 25, tests=True), 600)
        way.choose_model(base.title)
        way.click("PlanSection", "planControlCheckBox")
        if threads is not None:
            way.set_setting("threads", str(threads))
        way.widget.parameters.runName = NAME
        way.settle()
        way.start(600)
    while way.wait_for_state("running", "done", "failed", "interrupted", patience_s=600).state == "running":
        host.process_events(5.0)
        if pictures is not None and way.summary().iteration > 500:
            host.screenshot(pictures / "training_running.png")
            pictures = None
    state = way.summary()
    if state.state != "done":
        raise SystemExit(f"The run is {state.state}: {state.error}")
    pause, unnoticed = host.longest_pause(), host.errors()
    estimate = way.section("BeginSection").estimate
    return {
        "minutes": (time.monotonic() - begun) / 60,
        "longest_pause_s": pause,
        "errors": unnoticed,
        "estimate": estimate,
        "run": run,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--report", type=Path, help="folder of the documentation that takes the report")
    parser.add_argument(
        "--threads", type=int, help="of the trainings, typed into the form; for a busy computer"
    )
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    figures = run_panel(arguments.data.resolve(), output, output, arguments.threads)
    outcome = json.loads((figures["run"] / "outcome.json").read_text(encoding="utf-8"))
    from training_report import report_text

    text = report_text(figures, outcome)
    print(text)
    if arguments.report:
        arguments.report.mkdir(parents=True, exist_ok=True)
        (arguments.report / "training-proof.md").write_text(text, encoding="utf-8")
        shutil.copyfile(figures["run"] / "curves.png", arguments.report / "training-proof-curves.png")
    return 0


if __name__ == "__main__":
    from host.ending import end_process

    end_process(main())
