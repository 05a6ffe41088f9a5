"""The private environment comes into being: from an index, from a folder, once."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs import pins
from ugmcl.jobs.installation_place import part_of
from ugmcl.jobs.pins import INDIRECT

pytestmark = pytest.mark.timeout(240)
Events = Callable[[Any, str], list[dict[str, Any]]]


def test_everything_is_installed_checked_and_named(setup: Any, index: Any, events: Events) -> None:
    index.put_all()
    job, launched = setup.start()
    update = setup.wait(job, launched)
    assert update.state == "done", update.error
    assert setup.left == [setup.target.name]
    for module in ("torch.py", "monai.py", "numpy.py", "SimpleITK.py"):
        assert (setup.target / module).is_file()
    found = update.result["result"]
    assert found["folder"] == str(setup.target)
    assert {package.partition("==")[0] for package in found["packages"]} >= {"torch", "monai", "psutil"}
    stages = [event["name"] for event in events(job, "stage")]
    assert stages == [
        "Checking the place",
        "Finding the packages",
        "Downloading",
        "Installing",
        "Checking the installation",
    ]


def test_what_a_package_needs_comes_along_in_the_pinned_version(setup: Any, index: Any) -> None:
    pin = next(pin for pin in INDIRECT if pin.startswith("sympy=="))
    index.put_all()
    monai = next(file.split("-")[1] for file in index.wheels if file.startswith("monai-"))
    index.put("monai", monai, "import sympy", needs="sympy>1")
    index.put("sympy", pin.partition("==")[2])
    index.put("sympy", "99.0")
    update = setup.run()
    assert update.state == "done", update.error
    assert pin in update.result["result"]["packages"]


def test_the_interpreter_itself_is_left_alone(setup: Any, index: Any, bare_python: str) -> None:
    def listed() -> str:
        command = [bare_python, "-m", "pip", "--disable-pip-version-check", "freeze", "--all"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    before = listed()
    index.put_all()
    assert setup.run().state == "done"
    assert listed() == before


def test_a_folder_of_wheels_serves_without_a_network(setup: Any, index: Any, tmp_path: Path) -> None:
    folder = index.put_all().folder(tmp_path / "Räder mit Abstand")
    update = setup.run(wheels=str(folder))
    assert update.state == "done", update.error
    assert index.asked == []
    assert (setup.target / "torch.py").is_file()


def test_the_folder_can_be_collected_with_pip_download(
    setup: Any, index: Any, bare_python: str, tmp_path: Path
) -> None:
    index.put_all()
    for pin in INDIRECT:
        name, _, version = pin.partition("==")
        index.put(name.replace("-", "_"), version)
    listed = subprocess.run([bare_python, pins.__file__], capture_output=True, text=True, check=True).stdout
    (tmp_path / "requirements.txt").write_text(listed, encoding="ascii")
    command = [bare_python, "-m", "pip", "download", "--only-binary", ":all:", "--dest", str(tmp_path / "w")]
    subprocess.run([*command, "-r", str(tmp_path / "requirements.txt")], check=True)
    asked = index.asked.copy()
    update = setup.run(wheels=str(tmp_path / "w"))
    assert update.state == "done", update.error
    assert index.asked == asked


def test_a_further_index_offers_torch_for_this_kind_of_computer(setup: Any, index: Any) -> None:
    index.put_all()
    update = setup.run(extra_index=index.url.replace("simple", "cpu"))
    assert update.state == "done", update.error
    assert "/cpu/torch/" in index.asked


def test_a_further_index_that_is_blocked_costs_seconds_only(setup: Any, index: Any, events: Events) -> None:
    index.put_all()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        blocked = f"http://127.0.0.1:{closed.getsockname()[1]}/cpu"
    job, launched = setup.start(extra_index=blocked)
    update = setup.wait(job, launched)
    assert update.state == "done", update.error
    assert update.result["seconds"] < 40
    assert f"{blocked} cannot be reached" in [event["text"] for event in events(job, "message")]


@pytest.mark.skipif(os.name != "posix", reason="a shell script takes the driver's part")
@pytest.mark.parametrize(
    ("driver", "remark"),
    [("580.65.06", "computes with the processor only"), ("470.1", "driver (470) of RTX 2080 is too old")],
)
def test_a_card_that_is_not_used_is_told_of(
    setup: Any, index: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str, remark: str
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\necho 'RTX 2080, {driver}, 7.5'\n", encoding="ascii")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    folder = index.put_all().folder(tmp_path / "wheels")
    update = setup.run(wheels=str(folder), extra_index="choose")
    assert update.state == "done", update.error
    assert remark in update.result["result"]["remark"]
    about = json.loads((setup.target / "ugmcl-environment.json").read_text(encoding="ascii"))
    assert about["remark"] == update.result["result"]["remark"]
    assert about["device"] == "cpu"


def test_a_second_time_finds_it_done(setup: Any, index: Any) -> None:
    index.put_all()
    assert setup.run().state == "done"
    about = setup.target / "ugmcl-environment.json"
    before = about.stat().st_mtime_ns, index.asked.copy()
    again = setup.run()
    assert again.state == "done"
    assert (about.stat().st_mtime_ns, index.asked) == before


def test_what_a_killed_attempt_left_is_cleared_away(setup: Any, index: Any) -> None:
    index.put_all()
    part = part_of(setup.target)
    (part / "site").mkdir(parents=True)
    (part / "site" / "half.py").write_text("")
    update = setup.run()
    assert update.state == "done", update.error
    assert setup.left == [setup.target.name]
    assert not (setup.target / "half.py").exists()
