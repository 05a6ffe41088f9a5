"""The Training panel in the host, with a few real cases and a narrow model to start from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ugmcl.samples import list_samples, verify

TINY = ("width=2", "patch=16,32,16", "iterations=12", "threads=1", "loader_processes=0", "passes=1")
NARROW = "hippocampus-narrow"  # name of the model to start from


@dataclass
class Panel:
    """The opened module with what tests do to it."""

    host: Any
    widget: Any

    @property
    def ui(self) -> Any:
        return self.widget.ui

    @property
    def parameters(self) -> Any:
        return self.widget.parameters

    def section(self, name: str) -> Any:
        return next(s for s in self.widget.sections if type(s).__name__ == name)

    def control(self, name: str) -> Any:
        """A control of any section by its object name."""
        for section in self.widget.sections:
            if hasattr(section.ui, name):
                return getattr(section.ui, name)
        raise AssertionError(f"the panel has no control {name}")

    def settle(self) -> None:
        """Lets waiting updates of the panel happen."""
        self.host.process_events(0.05)
        self.host.wait_until(lambda: not self.widget.refresh_is_due, 30, "the panel's update")

    @property
    def message(self) -> str:
        """The line at the panel's top; "" when hidden."""
        return self.ui.messageLabel.text if self.ui.messageLabel.visible else ""


@pytest.fixture
def module(host: Any, root: Path) -> Any:
    host.load_module(root / "UGMCLSegmentation" / "UGMCLSegmentation.py")
    return host.load_module(root / "UGMCLTraining" / "UGMCLTraining.py")


@pytest.fixture
def panel(host: Any, module: Any) -> Panel:
    return Panel(host, host.open("UGMCLTraining"))


@pytest.fixture(scope="session")
def sample_cases() -> list[tuple[str, Path, Path]]:
    """Name, image and label of the bundled hippocampus cases."""
    found = [verify(sample) for sample in list_samples()]
    return [(sample.id, Path(sample.image), Path(sample.reference)) for sample in found]


def copy_cases(cases: list[tuple[str, Path, Path]], folder: Path, unlabelled: int) -> Path:
    """A data set folder (``images``, ``labels``); the last cases get no label."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for number, (name, image, label) in enumerate(cases):
        shutil.copy(image, folder / "images" / f"{name}.nii.gz")
        if number < len(cases) - unlabelled:
            shutil.copy(label, folder / "labels" / f"{name}.nii.gz")
    return folder


@pytest.fixture
def project_data(sample_cases: Any, tmp_path: Path) -> Path:
    """A folder of six bundled cases, four of them labelled."""
    return copy_cases(sample_cases[:6], tmp_path / "site data", unlabelled=2)


@pytest.fixture(scope="session")
def ugmcl_command() -> Callable[..., str]:
    """Runs ``ugmcl`` in a process of its own; its output."""

    def run(*arguments: object) -> str:
        command = [sys.executable, "-m", "ugmcl", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def narrow_model(
    started_host: Any, ugmcl_command: Any, sample_cases: Any, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """``name@version`` of a really trained tiny hippocampus model in the user's library."""
    folder = tmp_path_factory.mktemp("narrow")
    data = copy_cases(sample_cases[6:8], folder / "data", unlabelled=0)
    segments = json.loads((Path(sample_cases[0][1]).parents[1] / "samples.json").read_text(encoding="utf-8"))
    names = {value: {"name": entry["name"]} for value, entry in segments["segments"].items()}
    cases = [
        {"id": name, "image": f"images/{name}.nii.gz", "label": f"labels/{name}.nii.gz", "role": "labelled"}
        for name, _image, _label in sample_cases[6:8]
    ]
    (data / "dataset.json").write_text(json.dumps({"labels": names, "cases": cases}), encoding="utf-8")
    settings = [word for pair in (*TINY, f"model_name={NARROW}") for word in ("--set", pair)]
    ugmcl_command("train", data, "--output", folder / "run", "--method", "supervised", *settings)
    ugmcl_command("models", "import", folder / "run" / "model")
    return f"{NARROW}@1.0"
