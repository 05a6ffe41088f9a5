"""A disk that is really full: one clear line, sound checkpoints, and a run that goes on to the same bits.

The disk is a file system in memory that the test mounts. Where it may not, it runs itself again as the
root of a user namespace of its own (``unshare``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import follow
from ugmcl.jobs.launch import launch
from ugmcl.jobs.runs import list_runs, summarise
from ugmcl.training.checkpoints import checkpoint_folders
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings

Settings = Callable[..., TrainingSettings]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
INSIDE = "UGMCL_TEST_IN_NAMESPACE"


class Disk:
    """A disk of its own in memory at ``folder``."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self.folder, self._ballast = folder, folder / "ballast"
        subprocess.run(mount_command(folder, mebibytes), check=True)

    def fill(self, leave: int = 0) -> None:
        """Take all room but ``leave`` bytes."""
        size = 0
        with self._ballast.open("wb", buffering=0) as stream:
            try:
                while True:
                    size += stream.write(os.urandom(4096))
            except OSError:
                stream.truncate(max(0, size - leave))

    @property
    def full(self) -> bool:
        return self._ballast.exists()

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


def mount_command(folder: Path, mebibytes: int) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]


def can_mount(folder: Path) -> bool:
    """Whether this process may; tries it."""
    if shutil.which("mount") is None:
        return False
    if subprocess.run(mount_command(folder, 1), capture_output=True, check=False).returncode:
        return False
    subprocess.run(["umount", str(folder)], check=True)
    return True


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 16 MiB; a run with its checkpoints takes six."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not can_mount(folder):
        pytest.skip("may not mount a small disk; test_in_a_namespace tries it there")
    yield Disk(folder, 16)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def undisturbed(cache_folder: Path, tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    train(cache_folder, run, tiny())
    return run


def assert_equal(one: Path, other: Path) -> None:
    for name in ("student", "teacher", "optimisers"):
        place = Path("checkpoints", "000012", f"{name}.safetensors")
        assert (one / place).read_bytes() == (other / place).read_bytes(), name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "leave", "kept"),
    [(1, 0, []), (6, 0, [5]), (6, 200_000, [5]), (9, 0, [6, 5]), (11, 0, [10, 6])],
    ids=["before the first", "within a validation", "half a checkpoint", "within a row", "at the last"],
)
def test_in_the_middle_of_a_training(
    disk: Disk,
    cache_folder: Path,
    undisturbed: Path,
    tiny: Settings,
    recorder: Any,
    after: int,
    leave: int,
    kept: list[int],
) -> None:
    class Filler(recorder):
        def progress(self, done: float, total: float, unit: str = "steps") -> None:
            super().progress(done, total, unit)
            if unit == "iterations" and done >= after and not disk.full:
                disk.fill(leave)

    run = disk.folder / "run"
    with pytest.raises(UserError) as caught:
        train(cache_folder, run, tiny(), reporter=Filler())
    line = str(caught.value)
    assert "the disk is full" in line and "resume" in line and str(run) in line and "\n" not in line
    steps = [int(folder.name) for folder in checkpoint_folders(run)]
    assert steps == kept
    assert not list((run / "checkpoints").glob(".*.part*")), "half a checkpoint keeps the room"
    with pytest.raises(UserError, match="the disk is full"):
        train(None, run, resume=True)  # nobody has freed anything
    disk.empty()
    train(None, run, resume=True)
    assert_equal(run, undisturbed)


def test_while_the_data_are_prepared(disk: Disk, dataset: Path, tiny: Settings) -> None:
    disk.fill(300_000)
    run = disk.folder / "run"
    with pytest.raises(UserError) as caught:
        train(dataset, run, tiny())
    assert "the disk is full" in str(caught.value)
    disk.empty()
    assert train(dataset, run, tiny()).iterations == 12


@pytest.mark.slow
def test_a_job_says_so_and_goes_on(
    disk: Disk, cache_folder: Path, undisturbed: Path, tiny: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Launched as Slicer does: the reason is in the list of runs although nothing could be written."""
    monkeypatch.setenv("UGMCL_HOME", str(disk.folder.parent / "home"))
    settings = tiny(iterations=2000, threads=1).model_dump(mode="json")
    job = JobFolder.create("train", {"data": str(cache_folder), "settings": settings}, disk.folder / "run")
    launched = launch(job, background=True)
    end = time.monotonic() + 60
    while summarise(job.path).iteration < 5 and time.monotonic() < end:
        time.sleep(0.05)
    disk.fill()
    update = follow(job, lambda update: None, launched=launched)
    launched.process.wait(20)
    assert update.state == "failed" and "the disk is full" in update.error, update
    (listed,) = list_runs()
    assert listed.error == update.error and listed.iteration >= 5
    again = launch(job)
    update = follow(job, lambda update: None, launched=again)
    again.process.wait(20)
    assert "the disk is full" in update.error, update
    disk.empty()
    last = launch(job)
    while summarise(job.path).iteration <= listed.iteration and time.monotonic() < end + 60:
        time.sleep(0.05)
    job.cancel_file.write_text("paused")
    assert follow(job, lambda update: None, launched=last).state == "stopped"
    last.process.wait(20)
    assert summarise(job.path).iteration > listed.iteration


@pytest.mark.skipif(INSIDE in os.environ, reason="this is the inner one")
def test_in_a_namespace(tmp_path: Path) -> None:
    """The tests above, where this user may not mount."""
    if can_mount(tmp_path):
        pytest.skip("this user may mount: the tests above have run")
    unshare = shutil.which(NAMESPACE[0])
    if not unshare or subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("neither may this user mount a small disk, nor make a user namespace")
    command = [*NAMESPACE, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    inner = subprocess.run(
        command, env={**os.environ, INSIDE: "1"}, capture_output=True, text=True, check=False
    )
    assert inner.returncode == 0, inner.stdout
