"""Whatever goes wrong in the middle: one clear line, and nothing is left."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs import installation_pip
from ugmcl.jobs.cancel import cancel
from ugmcl.jobs.processes import descendants, end_tree
from ugmcl.jobs.reporter import SILENT

pytestmark = pytest.mark.timeout(240)
Events = Callable[[Any, str], list[dict[str, Any]]]


def test_no_network(setup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed.getsockname()[1]}/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    update = setup.run()
    assert update.state == "failed"
    assert "the package index cannot be reached" in update.error
    assert "choose a folder of wheels" in update.error
    assert setup.left == []


def test_a_package_that_is_missing(setup: Any, index: Any) -> None:
    index.put_all().remove("monai")
    update = setup.run()
    assert "a package cannot be had here" in update.error
    assert "monai==" in update.error
    assert setup.left == []


def test_a_package_that_is_damaged(setup: Any, index: Any) -> None:
    index.put_all()
    torch = next(file for file in index.wheels if file.startswith("torch-"))
    index.wheels[torch] = index.wheels[torch][:300]
    update = setup.run()
    assert "a package is damaged" in update.error
    assert setup.left == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise OSError('[WinError 126] DLL c10.dll')", "c10.dll"),
        ("import ugmcl_no_such_thing", "No module named"),
        ("import os; os._exit(3)", "status 3"),
        ("import os; os.kill(os.getpid(), 11)", "status -11"),
    ],
)
def test_a_package_that_does_not_work_here(setup: Any, index: Any, source: str, words: str) -> None:
    index.put_all()
    version = next(file for file in index.wheels if file.startswith("torch-")).split("-")[1]
    index.put("torch", version, source)
    update = setup.run()
    assert "what was installed does not work here" in update.error
    assert words in update.error
    assert setup.left == []


def test_a_torch_that_computes_wrongly(setup: Any, index: Any) -> None:
    index.put_all(value=215.0)
    assert "a convolution gave 215.0 instead of 216" in setup.run().error
    assert setup.left == []


def test_too_little_space_is_told_before_anything_is_fetched(setup: Any, index: Any) -> None:
    index.put_all()
    assert "GB are needed" in setup.run(needed_bytes=10**18).error
    assert index.asked == []


@pytest.mark.parametrize("padding", [0, 3_000_000])
def test_a_far_larger_download_than_agreed_is_refused(
    index: Any, bare_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, padding: int
) -> None:
    index.put_all(padding=padding)
    if not padding:
        monai = next(file.split("-")[1] for file in index.wheels if file.startswith("monai-"))
        index.put("monai", monai, needs="nvidia-cudnn")
        index.put("nvidia_cudnn", "9.0")
    monkeypatch.setattr(installation_pip.sys, "executable", bare_python)
    (tmp_path / "part" / "t").mkdir(parents=True)
    with pytest.raises(UserError, match="only the build of PyTorch for graphics cards can be reached"):
        installation_pip.fetch(tmp_path / "part", SILENT, download_bytes=500_000)


def test_cancel_in_the_middle_of_a_download(setup: Any, index: Any, events: Events) -> None:
    index.put_all(padding=4_000_000)
    index.pause_s = 0.1
    job, launched = setup.start(download_bytes=4_500_000)
    setup.wait(job, launched, until=lambda update: update.progress.done >= 0.5)
    assert any("torch" in event["text"] for event in events(job, "message"))
    began = time.monotonic()
    assert cancel(job) == "cancelled"
    assert time.monotonic() - began < 5
    launched.process.wait(10)
    assert setup.left == []
    shares = [event["done"] / event["total"] for event in events(job, "progress") if event["unit"] == "MB"]
    assert shares == sorted(shares)
    assert shares[-1] < 1


def test_an_installation_that_is_killed_leaves_what_the_next_one_clears(setup: Any, index: Any) -> None:
    index.put_all(padding=4_000_000)
    index.pause_s = 0.1
    job, launched = setup.start()
    setup.wait(job, launched, until=lambda update: update.progress.stage == "Downloading")
    children = descendants(launched.pid)
    os.kill(launched.pid, signal.SIGKILL)
    assert setup.wait(job, launched).state == "interrupted"
    for child in children:
        end_tree(child, 0, 0)
    index.pause_s = 0.0
    assert setup.run().state == "done"
    assert setup.left == [setup.target.name]


def test_a_server_that_falls_silent(
    index: Any, bare_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put_all(padding=1_000_000)
    index.stuck = ("torch",)
    monkeypatch.setattr(installation_pip, "SILENT_SECONDS", 3.0)
    monkeypatch.setattr(installation_pip.sys, "executable", bare_python)
    (tmp_path / "part" / "t").mkdir(parents=True)
    began = time.monotonic()
    with pytest.raises(UserError, match=r"stopped answering.*torch"):
        installation_pip.fetch(tmp_path / "part", SILENT)
    assert time.monotonic() - began < 60
