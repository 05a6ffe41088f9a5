"""Launching and following: a detached process, a clean environment, nothing but files between the two."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.environment import BOOTSTRAP, data_folder, environment_folder
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import Follower, Update, follow
from ugmcl.jobs.keep_awake import keeper_command, kept_awake
from ugmcl.jobs.launch import Interpreter, clean_environment, launch
from ugmcl.jobs.lock import hold_lock
from ugmcl.jobs.state import state_of

Start = Callable[[JobFolder, str], "subprocess.Popen[bytes]"]


def test_a_job_is_launched_and_followed_to_its_end(home: Path) -> None:
    job = JobFolder.create("settings", {"preset": "paper", "settings": {"passes": 3}})
    launched = launch(job)
    assert os.getpgid(launched.pid) == launched.pid == os.getsid(launched.pid)
    assert launched.shown.startswith(sys.executable) and "bootstrap.py" in launched.shown
    updates: list[Update] = []
    last = follow(job, updates.append, launched=launched)
    assert last.state == "done" and last.attempt == 1 and last.error == ""
    assert last.result and last.result["result"]["settings"]["passes"] == 3
    assert launched.process.wait(10) == 0
    again = launch(job)  # a second attempt
    assert follow(job, updates.append, launched=again).attempt == 2
    again.process.wait(10)


def test_bad_input_fails_with_its_one_line(home: Path) -> None:
    job = JobFolder.create("settings", {"settings": {"pases": 3}})
    launched = launch(job)
    last = follow(job, lambda update: None, launched=launched)
    assert last.state == "failed" and "no setting 'pases'" in last.error and "\n" not in last.error
    assert launched.process.wait(10) == 2


def test_a_python_that_cannot_begin_is_reported(home: Path, job: JobFolder, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho first line\necho no such library: libfoo >&2\nexit 127\n")
    broken.chmod(0o755)
    launched = launch(job, Interpreter(python=str(broken)))
    last = follow(job, lambda update: None, launched=launched)
    assert last.state == "queued" and last.error == "The work could not begin: no such library: libfoo"
    with pytest.raises(UserError, match="cannot be started"):
        launch(job, Interpreter(python=str(tmp_path / "absent")))


def test_a_killed_job_says_so(job: JobFolder, start: Start) -> None:
    process = start(job, "listen")
    follower = Follower(job)
    assert follower.look().state == "running"
    process.kill()
    process.wait()
    update = follower.look()
    assert update.state == "interrupted" and "interrupted" in update.error and "tried again" in update.error


def test_a_running_job_is_not_launched_again(job: JobFolder) -> None:
    with hold_lock(job.path), pytest.raises(UserError, match="at work already"):
        launch(job)


def test_launching_forgets_an_old_wish_to_end(home: Path) -> None:
    job = JobFolder.create("settings", {})
    job.cancel_file.write_text("cancelled")
    launched = launch(job)
    assert follow(job, lambda update: None, launched=launched).state == "done"
    launched.process.wait(10)


def test_a_follower_gives_every_event_once_over_two_attempts(job: JobFolder) -> None:
    from ugmcl.jobs.job_reporter import JobReporter

    follower = Follower(job)
    assert follower.look().state == "queued"
    with hold_lock(job.path), JobReporter(job, job.new_attempt()) as reporter:
        reporter.stage("One")
        reporter.progress(1, 2, "cases")
        update = follower.look()
        assert [event["kind"] for event in update.events] == ["stage", "progress"]
        assert update.state == "running" and update.silent_s < 5
        assert (update.progress.stage, update.progress.done, update.progress.total) == ("One", 1, 2)
        reporter.message("late")
    with hold_lock(job.path), JobReporter(job, job.new_attempt()) as reporter:
        reporter.stage("Two")
        update = follower.look()
    assert [event.get("text") or event.get("name") for event in update.events] == ["late", "Two"]
    assert (update.attempt, update.progress.stage, update.progress.total) == (2, "Two", None)
    assert follower.look().events == []
    assert state_of(job) == "interrupted"


def test_a_job_that_nobody_starts_is_given_up(job: JobFolder) -> None:
    assert follow(job, lambda update: None, interval_s=0.01, wait_for_start_s=0.05).state == "queued"


def test_the_environment_is_a_clean_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("foreign", "fine"):
        (tmp_path / name).mkdir()
    (tmp_path / "foreign" / "libcudnn.so.8").touch()
    paths = os.pathsep.join(str(tmp_path / name) for name in ("foreign", "fine", "absent"))
    given = {
        "PYTHONHOME": "/slicer", "PYTHONPATH": "/slicer/lib", "QT_PLUGIN_PATH": "/slicer/qt", "KEEP": "ü",
        "LD_LIBRARY_PATH": paths,
    }  # fmt: skip
    environment = clean_environment(Interpreter("/other/python", (tmp_path / "env",), given))
    assert "PYTHONHOME" not in environment and "QT_PLUGIN_PATH" not in environment
    assert environment["KEEP"] == "ü" and environment["PYTHONNOUSERSITE"] == "1"
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(tmp_path / "env"), str(BOOTSTRAP.parents[2])]
    assert environment["LD_LIBRARY_PATH"].split(os.pathsep) == [
        str(tmp_path / "fine"),
        str(tmp_path / "absent"),
    ]
    before = dict(os.environ)
    monkeypatch.setenv("PYTHONPATH", "/mine")
    assert clean_environment(Interpreter())["PYTHONPATH"].endswith(f"{os.pathsep}/mine")
    monkeypatch.undo()
    assert dict(os.environ) == before


def test_the_bootstrap_puts_the_private_environment_first(tmp_path: Path) -> None:
    environment = tmp_path / "env 医"
    (environment / "ugmcl" / "worker").mkdir(parents=True)
    for folder in (environment / "ugmcl", environment / "ugmcl" / "worker"):
        (folder / "__init__.py").touch()
    (environment / "ugmcl" / "worker" / "run.py").write_text(
        "import sys\ndef main(arguments):\n    print(sys.path[0], sys.path[1], arguments)\n    return 7\n"
    )
    (tmp_path / "events.py").write_text("raise SystemExit('shadowed')")
    command = [sys.executable, str(BOOTSTRAP), "--first", str(environment), "run", "x"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 7, done.stderr
    assert done.stdout.strip() == f"{environment} {BOOTSTRAP.parents[2]} ['x']"


def test_folders_of_this_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UGMCL_HOME", str(tmp_path))
    assert data_folder() == tmp_path
    folder = environment_folder("5.12.2", "0.1.0")
    assert folder == tmp_path / "env" / "s5.12.2-u0.1.0"
    assert environment_folder("5.12.2-2026 Ж", "0.1.0/../x").name.isascii()
    assert environment_folder("5/../..", "1").parent == tmp_path / "env"
    monkeypatch.delenv("UGMCL_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    for platform, variables, expected in (
        ("linux", {"XDG_DATA_HOME": ""}, tmp_path / ".local" / "share" / "ugmcl"),
        ("linux", {"XDG_DATA_HOME": "/x"}, Path("/x/ugmcl")),
        ("linux", {"XDG_DATA_HOME": "relative"}, tmp_path / ".local" / "share" / "ugmcl"),
        ("darwin", {}, tmp_path / "Library" / "Application Support" / "ugmcl"),
        ("win32", {"LOCALAPPDATA": "/appdata"}, Path("/appdata/ugmcl")),
    ):
        for key, value in variables.items():
            monkeypatch.setenv(key, value)
        monkeypatch.setattr(sys, "platform", platform)
        assert data_folder() == expected


def test_keeping_awake_is_a_wish(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ugmcl.jobs.keep_awake.shutil.which", lambda name: None)
    with kept_awake("training") as arranged:
        assert arranged is False
    keeper = tmp_path / "systemd-inhibit"
    keeper.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec cat\n")
    keeper.chmod(0o755)
    monkeypatch.setattr("ugmcl.jobs.keep_awake.shutil.which", lambda name: str(keeper))
    assert keeper_command("x", "linux") == [
        str(keeper), "--what=sleep:idle", "--who=UG-MCL", "--why=x", "--mode=block", "cat",
    ]  # fmt: skip
    assert keeper_command("x", "darwin") == [str(keeper), "-i", "-w", str(os.getpid())]
    with kept_awake("training") as arranged:
        assert arranged is True
