"""The lock: one process a folder, gone with its process, judged by its heartbeat on another host."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs import lock
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.lock import beat, hold_lock, lock_holder

Start = Callable[[JobFolder, str], "subprocess.Popen[bytes]"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_PATIENCE_SECONDS", 0.1)


def test_the_holder_is_known_and_forgotten(tmp_path: Path) -> None:
    assert lock_holder(tmp_path) is None
    with hold_lock(tmp_path):
        holder = lock_holder(tmp_path)
        assert holder and (holder.pid, holder.host) == (os.getpid(), socket.gethostname())
        assert abs(time.time() - holder.heartbeat) < 5
    assert lock_holder(tmp_path) is None
    assert (tmp_path / "lock").read_bytes() == b""


def test_only_one_process_holds_it(job: JobFolder, start: Start) -> None:
    process = start(job, "listen")
    holder = lock_holder(job.path)
    assert holder and holder.pid == process.pid and holder.group == process.pid
    with pytest.raises(UserError, match="another process is at work"):
        with hold_lock(job.path):
            pytest.fail("two processes hold one lock")
    assert lock_holder(job.path) == holder  # looking and trying took nothing away


def test_it_goes_with_its_process(job: JobFolder, start: Start) -> None:
    process = start(job, "listen")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert lock_holder(job.path) is None
    with hold_lock(job.path):
        assert lock_holder(job.path) is not None


def test_forked_children_do_not_keep_it(job: JobFolder, start: Start) -> None:
    process = start(job, "forked")
    os.kill(process.pid, signal.SIGKILL)  # the parent alone: its child sleeps on
    process.wait()
    assert lock_holder(job.path) is None


def test_a_process_holds_it_once_unless_it_joins(tmp_path: Path) -> None:
    with hold_lock(tmp_path):
        with pytest.raises(UserError), hold_lock(tmp_path):
            pytest.fail("held twice")
        with hold_lock(tmp_path, join=True):
            assert lock_holder(tmp_path)
        assert lock_holder(tmp_path), "the joined one has let go for all"
    assert lock_holder(tmp_path) is None


def test_it_is_let_go_after_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_lock(tmp_path):
        raise ZeroDivisionError
    assert lock_holder(tmp_path) is None


@pytest.mark.parametrize(("age", "works"), [(5.0, True), (600.0, False)])
def test_on_another_host_the_heartbeat_counts(tmp_path: Path, age: float, works: bool) -> None:
    holder = {"pid": 1, "group": 1, "host": "another-computer", "heartbeat": time.time() - age}
    (tmp_path / "lock").write_text(json.dumps(holder))
    assert (lock_holder(tmp_path) is not None) == works
    if works:
        with pytest.raises(UserError), hold_lock(tmp_path):
            pytest.fail("two hosts at work")
    else:
        with hold_lock(tmp_path):
            assert lock_holder(tmp_path)


def test_a_heartbeat_of_this_host_without_a_lock_is_a_dead_process(tmp_path: Path) -> None:
    holder = {"pid": os.getpid(), "group": 1, "host": socket.gethostname(), "heartbeat": time.time()}
    (tmp_path / "lock").write_text(json.dumps(holder))
    assert lock_holder(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 600, b"[]", b'{"pid": "x"}'])
def test_a_damaged_lock_file_locks_all_the_same(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock").write_bytes(content)
    assert lock_holder(tmp_path) is None
    with hold_lock(tmp_path):
        assert lock_holder(tmp_path)


def test_the_heart_beats(tmp_path: Path) -> None:
    beat(tmp_path)  # nothing is held: nothing happens
    assert not (tmp_path / "lock").exists()
    with hold_lock(tmp_path):
        first = lock_holder(tmp_path)
        time.sleep(0.02)
        beat(tmp_path)
        second = lock_holder(tmp_path)
        assert first and second and second.heartbeat > first.heartbeat


def test_a_folder_that_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be locked"), hold_lock(tmp_path / "absent"):
        pass
