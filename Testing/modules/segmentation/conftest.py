"""The Segmentation panel in the host, with the bundled case in the scene."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.samples import demo_sample

PATIENCE_S = 100.0  # the first run of a process loads torch on a shared processor


@dataclass
class Panel:
    """The opened module with what tests do to it."""

    host: Any
    widget: Any
    volume: Any

    @property
    def ui(self) -> Any:
        return self.widget.ui

    @property
    def parameters(self) -> Any:
        return self.widget.parameters

    @property
    def run(self) -> Any:
        """The present or last SegmentationRun."""
        return self.section("RunSection").run

    def section(self, name: str) -> Any:
        return next(s for s in self.widget.sections if type(s).__name__ == name)

    def settle(self) -> None:
        """Lets waiting updates of the panel happen."""
        self.host.process_events(0.05)
        self.host.wait_until(lambda: not self.widget.refresh_is_due, 30, "the panel's update")

    def start(self) -> Any:
        """Clicks Segment; returns the run."""
        self.settle()
        self.host.click(self.ui.segmentButton)
        return self.run

    def finish(self) -> Any:
        """Waits for the run's end; returns it."""
        self.host.wait_until(lambda: self.run.ended, PATIENCE_S, "the end of the segmentation")
        self.settle()
        return self.run

    def segment(self) -> Any:
        """Clicks Segment and waits; returns the ResultNodes."""
        self.start()
        run = self.finish()
        assert run.state == "done", run.error
        return run.nodes

    @property
    def message(self) -> str:
        """The line under the button; "" when hidden."""
        return self.ui.messageLabel.text if self.ui.messageLabel.visible else ""

    def usable(self) -> None:
        """After whatever happened, one can click Segment again once a volume is chosen."""
        assert self.ui.segmentButton.text == "Segment"
        assert not self.ui.progressBar.visible


@pytest.fixture(autouse=True)
def only_bundled_models(started_host: Any) -> Iterator[None]:
    """Models that other tests of this process took into the library are out of sight meanwhile."""
    from ugmcl.models.places import own_folder

    own = own_folder()
    hidden = own.with_name("hidden models")
    if own.is_dir():
        own.rename(hidden)
    yield
    if hidden.is_dir():
        shutil.rmtree(own, ignore_errors=True)
        hidden.rename(own)


@pytest.fixture
def module(host: Any, root: Path) -> Any:
    return host.load_module(root / "UGMCLSegmentation" / "UGMCLSegmentation.py")


@pytest.fixture
def load_image(module: Any) -> Callable[[], Any]:
    """Loads the bundled MRI into the scene."""

    def load() -> Any:
        import slicer

        return slicer.util.loadVolume(str(demo_sample().image))

    return load


@pytest.fixture
def panel(host: Any, module: Any, load_image: Callable[[], Any]) -> Panel:
    volume = load_image()
    return Panel(host, host.open("UGMCLSegmentation"), volume)


@pytest.fixture(scope="session")
def by_command_line(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Segments an image file with ``ugmcl segment`` in a process of its own; once for the same arguments."""
    done: dict[tuple[str, ...], dict[str, Any]] = {}

    def segment(image: Path, *options: str) -> dict[str, Any]:
        key = (str(image), *options)
        if key not in done:
            output = tmp_path_factory.mktemp("command")
            command = [sys.executable, "-m", "ugmcl", "segment", str(image), "--model", "hippocampus"]
            subprocess.run([*command, "--output", str(output), *options], check=True, timeout=300)
            done[key] = _read(output)
        return done[key]

    return segment


def _read(folder: Path) -> dict[str, Any]:
    """Label and uncertainty as arrays (z, y, x), and the report."""
    import SimpleITK as sitk

    def array(pattern: str) -> np.ndarray:
        (file,) = folder.glob(pattern)
        return sitk.GetArrayFromImage(sitk.ReadImage(str(file)))

    (report,) = folder.glob("*_report.json")
    return {
        "label": array("*.seg.nrrd"),
        "uncertainty": array("*_uncertainty.nrrd"),
        "report": json.loads(report.read_text(encoding="utf-8")),
    }


@pytest.fixture(scope="session")
def label_of() -> Callable[[Any, Any], np.ndarray]:
    """A result's segments as one label array on a volume's grid, by the report's values."""

    def label(nodes: Any, volume: Any) -> np.ndarray:
        import slicer

        report = json.loads(nodes.report.GetText())
        array = np.zeros(slicer.util.arrayFromVolume(volume).shape, np.uint8)
        segmentation = nodes.segmentation.GetSegmentation()
        for segment in report["segments"]:
            segment_id = segmentation.GetSegmentIdBySegmentName(segment["name"])
            mask = slicer.util.arrayFromSegmentBinaryLabelmap(nodes.segmentation, segment_id, volume)
            array[mask > 0] = segment["value"]
        return array

    return label
