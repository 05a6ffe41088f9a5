"""What the panel says and offers: reasons, warnings, regions of interest, shortcuts, looks."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.timeout(120)


def test_nothing_loaded_says_what_to_do(host: Any, module: Any, screenshots: Path) -> None:
    widget = host.open("UGMCLSegmentation")
    host.process_events(0.05)
    assert not widget.ui.segmentButton.enabled
    assert widget.ui.segmentButton.toolTip == "Choose a volume first."
    assert widget.ui.stageLabel.text == "Choose a volume first."
    assert not widget.ui.show3DButton.enabled
    assert widget.ui.show3DButton.toolTip == "There is no result yet."
    host.screenshot(screenshots / "segmentation_empty.png")


def test_a_loaded_volume_is_chosen_and_can_be_segmented_at_once(panel: Any, screenshots: Path) -> None:
    panel.settle()
    assert panel.parameters.inputVolume is panel.volume
    assert panel.ui.segmentButton.enabled
    assert not panel.ui.familiarityLabel.visible
    panel.host.screenshot(screenshots / "segmentation_ready.png")


def test_an_unlike_volume_is_warned_of(panel: Any) -> None:
    import slicer

    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    slicer.util.updateVolumeFromArray(
        volume, np.random.default_rng(1).integers(-1000, 1000, (40, 256, 256), "int16")
    )
    volume.SetSpacing(0.8, 0.8, 5.0)
    panel.parameters.inputVolume = volume
    panel.settle()
    assert panel.ui.familiarityLabel.visible
    assert "does not look like" in panel.ui.familiarityLabel.text
    assert "voxel spacing" in panel.ui.familiarityLabel.text


def test_a_region_is_drawn_and_used(panel: Any) -> None:
    panel.settle()
    assert not panel.ui.regionSelector.enabled
    panel.host.click(panel.ui.drawRegionButton)
    panel.settle()
    assert panel.parameters.useRegion
    assert panel.parameters.region is not None
    assert panel.ui.regionSelector.enabled
    assert "handles" in panel.ui.regionHintLabel.text


def test_every_node_selector_hears_of_the_scene(root: Path) -> None:
    """In a real Slicer a selector without this connection stays empty."""
    tree = ElementTree.parse(root / "UGMCLSegmentation" / "Resources" / "UI" / "UGMCLSegmentation.ui")
    wanted = {w.get("name") for w in tree.iter("widget") if w.get("class", "").startswith("qMRML")}
    connected = {
        connection.findtext("receiver")
        for connection in tree.iter("connection")
        if connection.findtext("signal") == "mrmlSceneChanged(vtkMRMLScene*)"
        and connection.findtext("slot") == "setMRMLScene(vtkMRMLScene*)"
    }
    assert wanted - {"UGMCLSegmentation"} == connected


def test_every_control_has_a_tool_tip_and_no_colour_of_its_own(root: Path) -> None:
    tree = ElementTree.parse(root / "UGMCLSegmentation" / "Resources" / "UI" / "UGMCLSegmentation.ui")
    silent = ("QLabel", "QFrame", "QWidget", "qMRMLWidget", "ctkCollapsibleButton")
    for widget in tree.iter("widget"):
        names = {p.get("name") for p in widget.findall("property")}
        assert not names & {"styleSheet", "minimumSize", "maximumSize", "palette"}, widget.get("name")
        if widget.get("class") not in silent:
            assert "toolTip" in names, widget.get("name")


def test_shortcut_toggles_the_overlay_only_while_the_module_is_shown(panel: Any) -> None:
    panel.settle()
    shown = panel.parameters.showOverlay
    panel.host.press("U")
    assert panel.parameters.showOverlay is not shown
    panel.widget.exit()
    panel.host.press("U")
    assert panel.parameters.showOverlay is not shown
    panel.widget.enter()
    panel.host.press("U")
    assert panel.parameters.showOverlay is shown


def test_dark_theme(panel: Any, screenshots: Path) -> None:
    panel.host.theme("dark")
    try:
        panel.settle()
        panel.host.screenshot(screenshots / "segmentation_dark.png")
    finally:
        panel.host.theme("light")
