"""Every end of the program: its exit status, and one line that says what, where and what to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ugmcl.cli import main as program
from ugmcl.cli.interruption import orderly_interruption
from ugmcl.errors import Stopped, UserError


def call(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ugmcl.cli.main", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def one_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


def command_that(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Replaces the command "doctor" by ``act``."""
    from ugmcl.cli import doctor

    monkeypatch.setattr(
        doctor, "define", lambda parser: parser.set_defaults(function=lambda arguments: act())
    )


def test_version_and_help_in_a_process_of_their_own() -> None:
    done = call("--version")
    assert done.returncode == 0 and done.stdout.startswith("ugmcl ") and not done.stderr


def test_a_missing_file_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    done = call(
        "segment", "no such scan.nrrd", "--model", "no-such-model", "--output", "result", cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert one_line(done.stderr).startswith("ugmcl: error: ")
    assert not list(tmp_path.rglob("*.nrrd")) and not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "COMMAND"),
        (["colour"], "colour"),
        (["segment"], "INPUT"),
        (["segment", "a.nrrd", "--passes", "none"], "whole number"),
        (["doctor", "--jso"], "--jso"),
        (["train", "nowhere", "--output", "run", "--max-minutes", "-1"], "above 0"),
    ],
)
def test_a_wrong_call_is_one_line(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(arguments) == 2
    captured = capsys.readouterr()
    assert word in one_line(captured.err) and captured.out == ""


def test_bad_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> None:
        raise UserError("is not an image", "/data/a.txt", "Give NRRD or NIfTI")

    command_that(monkeypatch, act)
    assert program.main(["doctor"]) == 2
    assert (
        one_line(capsys.readouterr().err) == "ugmcl: error: /data/a.txt: is not an image. Give NRRD or NIfTI."
    )


def test_our_fault_is_one_line_and_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_data_folder: Path
) -> None:
    def act() -> None:
        raise ZeroDivisionError("a thing\nof two lines")

    command_that(monkeypatch, act)
    assert program.main(["doctor"]) == 1
    line = one_line(capsys.readouterr().err)
    assert "ZeroDivisionError: a thing of two lines" in line
    log = Path(line.split("traceback: ")[1].rstrip(")"))
    assert own_data_folder in log.parents
    assert "in act" in log.read_text(encoding="utf-8")


def test_a_full_disk_is_not_our_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import errno

    def act() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "label.nrrd")

    command_that(monkeypatch, act)
    assert program.main(["doctor"]) == 2
    assert "label.nrrd: No space left on device. Free" in one_line(capsys.readouterr().err)


def test_stopped_work(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> None:
        raise Stopped("time limit")

    command_that(monkeypatch, act)
    assert program.main(["doctor"]) == 3
    assert "time limit" in one_line(capsys.readouterr().err)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_in_order_and_twice_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), orderly_interruption() as interruption:
        interruption.check()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        with pytest.raises(Stopped, match="cancelled"):
            interruption.check()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
    assert signal.getsignal(signal.SIGINT) is before
    assert "Ctrl-C again" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_fault() -> None:
    command = [sys.executable, "-m", "ugmcl.cli.main", "doctor", "--json"]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
    assert process.returncode == 0
