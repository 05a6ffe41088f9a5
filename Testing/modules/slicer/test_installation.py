"""The private environment from the window's side, with Slicer's launcher and a folder of stand-ins."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.pins import DIRECT
from ugmcl.jobs.processes import _alive, descendants

pytestmark = pytest.mark.timeout(240)
TORCH = """
__version__ = "9.9"
class version: cuda = None
class cuda:
    @staticmethod
    def is_available(): return False
class _Number(float):
    def sum(self): return self
def ones(*shape): return None
class nn:
    class functional:
        @staticmethod
        def conv3d(image, kernel): return _Number(216.0)
"""


def put_wheel(folder: Path, name: str, version: str, source: str) -> None:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", source)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        files = (f"{name}.py", *(f"{info}/{file}" for file in ("METADATA", "WHEEL", "RECORD")))
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in files))


@pytest.fixture
def wheels(tmp_path: Path, without_torch: None, choices: Any) -> Callable[[str], Path]:
    """``wheels(torch_source)`` makes the folder and chooses it."""

    def make(torch: str = TORCH) -> Path:
        folder = tmp_path / "Räder mit Abstand"
        folder.mkdir()
        for requirement in DIRECT:
            pin, _, marker = requirement.partition(";")
            name, _, version = pin.strip().partition("==")
            if not marker or ("!=" in marker) != (sys.platform == "win32"):
                put_wheel(folder, name, version, torch if name == "torch" else "")
        choices.set_wheels_folder(str(folder))
        return folder

    return make


class Told:
    """An installation and what it told."""

    def __init__(self, host: Any) -> None:
        from ugmcl.slicer.installation import Installation

        self.host = host
        self.lines: list[tuple[str, float | None]] = []
        self.ends: list[str] = []
        self.installation = Installation(
            progress=lambda text, share: self.lines.append((text, share)),
            done=lambda: self.ends.append("done"),
            failed=self.ends.append,
        )

    def wait(self) -> str:
        self.host.wait_until(lambda: self.ends, 100, "the end of the installation")
        self.host.process_events(0.3)
        assert len(self.ends) == 1
        return self.ends[0]

    def wait_for(self, words: str) -> None:
        self.host.wait_until(
            lambda: self.ends or any(line.startswith(words) for line, _ in self.lines), 100, words
        )
        assert not self.ends, self.ends


@pytest.fixture
def told(host: Any) -> Told:
    return Told(host)


def left() -> list[str]:
    from ugmcl.slicer.interpreter import environment_folder

    parent = environment_folder().parent
    return sorted(entry.name for entry in parent.iterdir()) if parent.is_dir() else []


def test_the_plan_says_size_place_and_packages(host: Any, without_torch: None) -> None:
    from ugmcl.slicer.installation import installation_plan
    from ugmcl.slicer.interpreter import environment_folder

    plan = installation_plan()
    assert "GB to download" in plan.size_text
    assert "GB on disk" in plan.size_text
    assert plan.folder == environment_folder()
    assert any(package.startswith("torch==") for package in plan.packages)
    assert plan.wanted.needed_bytes > plan.wanted.download_bytes > 0
    assert left() == []


def test_the_plan_with_a_folder_of_wheels(wheels: Any, choices: Any, tmp_path: Path) -> None:
    from ugmcl.slicer.installation import installation_plan

    folder = wheels()
    plan = installation_plan()
    assert plan.wanted.wheels == folder
    assert "download" not in plan.size_text
    choices.set_wheels_folder(str(tmp_path / "gone"))
    with pytest.raises(UserError, match="there is no such folder of wheels"):
        installation_plan()


def test_where_only_the_large_build_can_be_reached_the_next_question_says_so(
    told: Told, choices: Any, without_torch: None
) -> None:
    from ugmcl.jobs.follow import Update
    from ugmcl.slicer.installation import installation_plan

    before = installation_plan()
    told.installation._says(Update("running", events=[{"kind": "metric", "values": {"large": 1.0}}]))
    assert choices.large_torch()
    after = installation_plan()
    choices.set_large_torch(False)
    assert after.wanted.download_bytes > 2e9 > before.wanted.download_bytes
    assert after.wanted.extra_index == ""
    assert "3 GB to download" in after.size_text


def test_from_start_to_done_through_slicers_launcher(
    told: Told, wheels: Any, launcher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ugmcl.jobs.environment import jobs_folder
    from ugmcl.slicer import installation
    from ugmcl.slicer.interpreter import environment_folder, find_interpreter

    monkeypatch.setattr(installation, "slicer_python", lambda: str(launcher))
    wheels()
    told.host.start_pause_watch()
    told.installation.start()
    assert told.wait() == "done"
    assert told.host.longest_pause() < 1.0
    assert left() == [environment_folder().name]
    assert "PyTorch 9.9" in find_interpreter().words
    lines = [line for line, _ in told.lines]
    for words in ("Starting", "Finding the packages", "Checking the installation"):
        assert any(line.startswith(words) for line in lines), words
    shares = [share for _, share in told.lines if share is not None]
    assert shares == sorted(shares)
    told.host.wait_until(lambda: not list(jobs_folder().glob("*install*")), 10, "the job's folder to go")


def test_cancel_ends_the_whole_tree_and_leaves_nothing(
    told: Told, wheels: Any, launcher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ugmcl.slicer import installation

    monkeypatch.setattr(installation, "slicer_python", lambda: str(launcher))
    wheels("import time\ntime.sleep(600)")  # the check never ends
    told.installation.start()
    told.wait_for("Checking the installation")
    launched = told.installation._watch._launched
    tree = {launched.pid} | descendants(launched.pid)
    told.host.wait_until(lambda: len(tree | descendants(launched.pid)) >= 3, 20, "the check's process")
    tree |= descendants(launched.pid)
    told.installation.cancel()
    assert told.wait() == "Cancelled. Nothing was installed."
    told.host.wait_until(lambda: not tree & _alive() and left() == [], 20, "the end of all")


def test_a_killed_installation_leaves_nothing(
    told: Told, wheels: Any, launcher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ugmcl.jobs.processes import end_tree
    from ugmcl.slicer import installation

    monkeypatch.setattr(installation, "slicer_python", lambda: str(launcher))
    wheels("import time\ntime.sleep(600)")
    told.installation.start()
    told.wait_for("Checking the installation")
    launched = told.installation._watch._launched
    end_tree(launched.pid, launched.pid, 0.0)
    assert told.wait().startswith("Nothing was installed. The work was interrupted")
    told.host.wait_until(lambda: left() == [], 10, "the removal of what was begun")


def test_a_python_that_cannot_start(told: Told, wheels: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ugmcl.slicer import installation

    monkeypatch.setattr(installation, "slicer_python", lambda: "/no/such/PythonSlicer")
    wheels()
    with pytest.raises(UserError, match="this Python cannot be started"):
        told.installation.start()
    assert left() == []
