"""A run of several processes, as on a cluster: its folder is followed while it works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import Follower
from ugmcl.jobs.runs import list_runs, read_curve_rows, summarise
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings

Settings = Callable[..., TrainingSettings]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_followed_by_its_folder(
    dataset: Path, cache_folder: Path, tiny: Settings, tmp_path: Path, root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Two processes start from a model, measure it, validate, write previews; here no pointer knows them."""
    start = train(cache_folder, tmp_path / "start", tiny(iterations=2, validate_every=2)).model
    values = tiny(iterations=30, validate_every=10, preview_every=15, threads=1).model_dump(mode="json")
    chosen = {
        name: values[name]
        for name in values
        if name not in ("spacing_mm", "normalisation", "clip_percentiles")
    }
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(chosen))
    run = tmp_path / "cluster" / "run"
    command = [
        *[sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
        *["-m", "ugmcl", "train", str(dataset), "--output", str(run), "--settings", str(file)],
        *["--start-model", str(start), "--quiet"],
    ]
    environment = {
        **os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root), "UGMCL_HOME": str(tmp_path / "there"),
    }  # fmt: skip
    monkeypatch.setenv("UGMCL_HOME", str(tmp_path / "here"))
    with (tmp_path / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
        try:
            seen, events = watch(process, run)
        finally:
            process.terminate()
            process.wait()
    text = (tmp_path / "said.txt").read_text()
    assert process.returncode == 0, text
    assert "running" in seen, (seen, text)
    (listed,) = list_runs([tmp_path / "cluster"])
    assert list_runs() == []
    assert (listed.state, listed.iteration, listed.iterations) == ("done", 30, 30)
    assert listed.start_dice is not None and set(listed.dice) == {"student", "teacher"} and listed.has_model
    assert [row["iteration"] for row in read_curve_rows(run)] == [0, 10, 10, 20, 20, 30, 30]
    kinds = {event["kind"] for event in events}
    assert {"stage", "progress", "metric", "message", "preview"} <= kinds
    previews = [e["path"] for e in events if e["kind"] == "preview" and e["path"].endswith(".seg.nrrd")]
    assert previews == ["previews/000015.seg.nrrd", "previews/000030.seg.nrrd"]


def watch(process: subprocess.Popen[bytes], run: Path) -> tuple[set[str], list[dict]]:
    """States and events until the end, as Slicer's timer would look."""
    follower, seen, events = Follower(JobFolder(run)), set(), []
    until = time.monotonic() + 200
    while process.poll() is None and time.monotonic() < until:
        if (run / "request.json").exists():
            update = follower.look()
            events += update.events
            seen.add(summarise(run).state)
        time.sleep(0.1)
    process.wait(20)
    return seen, events + follower.look().events
