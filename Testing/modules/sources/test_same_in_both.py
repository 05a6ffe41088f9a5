"""The modules' tests pass with the host's own sources as they do with Slicer's.

Where SLICER_PYTHON_DIR names Slicer's sources, this process runs with them; each folder of tests is then run
once more in a process without them. Otherwise the host's own are in use already and nothing is left to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FOLDERS = sorted({path.parent.name for path in TESTS.glob("*/test_*.py")})
SECONDS = 900

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(SECONDS + 30),
    pytest.mark.skipif(not os.environ.get("SLICER_PYTHON_DIR"), reason="needs SLICER_PYTHON_DIR"),
]


def environment_without_slicers_sources() -> dict[str, str]:
    """This process's environment, so that the other one starts a host with its own sources."""
    left_out = ("SLICER_PYTHON_DIR", "UGMCL_SCREENSHOTS", "UGMCL_HOME", "PYTEST_XDIST", "PYTEST_CURRENT_TEST")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def failures(report: Path) -> list[str]:
    """Names of the tests that failed or broke."""
    cases = ElementTree.parse(report).iter("testcase")
    wrong = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return [f"{case.get('classname')}.{case.get('name')}" for case in wrong]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_folder_passes_with_the_hosts_own_sources(folder: str, root: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", str(TESTS / folder)]
    run = subprocess.run(
        command,
        cwd=root,
        env=environment_without_slicers_sources(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    printed = f"exit status {run.returncode}\n{run.stdout[-6000:]}{run.stderr[-3000:]}"
    assert report.is_file(), f"The process ended before its tests did: {printed}"
    assert failures(report) == [], printed
    assert run.returncode == 0, printed
