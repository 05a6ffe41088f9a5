"""`python -m left_atrium DATA OUTPUT`: the runs of the plan, one after the other; started again it goes on.

DATA is a folder with images/, labels/ and a dataset.json of every scan with its role in the development
split (16 labelled, 56 unlabelled, 8 validation; every scan has a label file). Only runs named by --only are
made, or all. The table (runs.md, runs.png) is made of what lies in OUTPUT.

    PYTHONPATH=Testing/benchmarks python -m left_atrium DATA OUTPUT --machine cpu --only best-s1337 twin-72
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from left_atrium.plan import Run, plan
from left_atrium.runs_picture import draw_runs
from left_atrium.table import write_table
from ugmcl import train
from ugmcl.cli.terminal import terminal
from ugmcl.data.dataset import load_dataset
from ugmcl.data.plan import plan_spec
from ugmcl.data.preparation import prepare
from ugmcl.errors import Stopped, UserError
from ugmcl.training.folder import holds_run
from ugmcl.training.loading import load_settings, parse_overrides
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.source import spec_overrides
from ugmcl.training.start import FROM_MODEL, INPUT_RULES


def manifest(data: Path, output: Path, split: str) -> Path:
    """The split's manifest, beside the runs; it names the scans by absolute path."""
    document = json.loads((data / "dataset.json").read_text(encoding="utf-8"))
    cases = [dict(case) for case in document["cases"]]
    for case in cases:
        case["image"], case["label"] = (str((data / case[kind]).resolve()) for kind in ("image", "label"))
        judged = case["role"] == "validation"
        if split == "development-72" and not judged:
            case["role"] = "labelled"
        elif split == "final-16" and judged:
            case["role"] = "unlabelled"
        elif split == "final-80":
            case["role"] = "labelled"
        if case["role"] == "unlabelled":
            case["label"] = None  # nothing of it may be read
    file = output / f"{split}.json"
    file.write_text(json.dumps({**document, "cases": cases}, indent=1) + "\n", encoding="utf-8")
    return file


def cache(split: str, settings: TrainingSettings, data: Path, output: Path, reporter: Any) -> Path:
    """The split prepared once for all runs that look at it alike."""
    shape = {name: getattr(settings, name) for name in ("spacing_mm", "normalisation", "clip_percentiles")}
    key = hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:8]
    folder = output / "caches" / f"{split}-{key}"
    dataset = load_dataset(manifest(data, output, split), allow_outside=True)
    prepare(dataset, plan_spec(dataset, spec_overrides(settings)), folder, reporter=reporter)
    return folder


def make(run: Run, data: Path, output: Path, changes: dict[str, Any], reporter: Any) -> None:
    """Train this run to its end, from wherever it was left."""
    folder = output / run.name
    if (folder / "model" / "model.json").is_file():
        return
    begun = time.monotonic()
    if holds_run(folder):
        train(None, output=folder, resume=True, reporter=reporter)
    else:
        values = {**run.settings, **changes, "model_name": run.name}
        start = output / run.start / "model" if run.start else None
        preset = values.pop("preset")
        settings = load_settings(preset, overrides=values)
        prepared = cache(run.split, settings, data, output, reporter)
        if start is not None:
            kept = {name: value for name, value in values.items() if name not in FROM_MODEL + INPUT_RULES}
            settings = load_settings(preset, overrides=kept)
        train(
            prepared,
            output=folder,
            settings=settings,
            start=start,
            reporter=reporter,
        )
    reporter.message(f"{run.name}: {(time.monotonic() - begun) / 60:.1f} minutes in this attempt")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m left_atrium", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--machine", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="runs to make; all by default")
    parser.add_argument("--iterations", type=int, help="of every run, to try the plan")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="for every run")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    changes: dict[str, Any] = {"iterations": arguments.iterations} if arguments.iterations else {}
    changes |= parse_overrides(arguments.set)
    chosen = [run for run in plan(arguments.machine) if not arguments.only or run.name in arguments.only]
    try:
        with terminal() as reporter:
            for run in chosen:
                reporter.message(f"Run {run.name}")
                make(run, arguments.data, arguments.output, changes, reporter)
    except (UserError, Stopped) as fault:
        print(fault, file=sys.stderr)
        return 3 if isinstance(fault, Stopped) else 2
    finally:
        write_table(arguments.output, plan(arguments.machine))
        draw_runs(arguments.output, plan(arguments.machine))
    return 0


if __name__ == "__main__":
    sys.exit(main())
