"""Every setting is bound to its widget, both ways, and comes back with the saved scene."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ugmcl.models.exchange import import_model
from ugmcl.models.library import find_model
from ugmcl.models.package import read_package, update_package

MODEL = find_model("hippocampus").id  # the bundled one
pytestmark = pytest.mark.timeout(120)

CHECK_BOXES = {
    "useRegion": "useRegionCheckBox",
    "largestComponent": "largestComponentCheckBox",
    "fillHoles": "fillHolesCheckBox",
    "probabilityMaps": "probabilityMapsCheckBox",
    "disagreementMap": "disagreementMapCheckBox",
    "replaceResult": "replaceResultCheckBox",
    "showOverlay": "showOverlayCheckBox",
    "showLegend": "showLegendCheckBox",
}
SLIDERS = {
    "smoothing": "smoothingSlider",
    "overlayThreshold": "overlayThresholdSlider",
    "overlayOpacity": "overlayOpacitySlider",
    "passes": "passesSpinBox",
}
COMBOS = {
    "device": ("deviceCombo", "cpu", "processor"),
    "surface": ("surfaceCombo", "never", "only on request"),
    "colourMap": ("colourMapCombo", "cividis", "cividis"),
}
SELECTORS = {
    "inputVolume": ("inputVolumeSelector", "vtkMRMLScalarVolumeNode"),
    "secondVolume": ("secondVolumeSelector", "vtkMRMLScalarVolumeNode"),
    "thirdVolume": ("thirdVolumeSelector", "vtkMRMLScalarVolumeNode"),
    "fourthVolume": ("fourthVolumeSelector", "vtkMRMLScalarVolumeNode"),
    "region": ("regionSelector", "vtkMRMLMarkupsROINode"),
    "segmentation": ("segmentationSelector", "vtkMRMLSegmentationNode"),
}
CHANGED = {
    "useRegion": True,
    "passes": 12,
    "device": "cpu",
    "segments": ["posterior hippocampus"],
    "largestComponent": True,
    "fillHoles": True,
    "probabilityMaps": True,
    "disagreementMap": True,
    "replaceResult": True,
    "surface": "never",
    "smoothing": 0.25,
    "showOverlay": False,
    "overlayThreshold": 0.35,
    "overlayOpacity": 0.85,
    "colourMap": "viridis",
    "showLegend": False,
    "limitToUncertain": False,
    "currentRegion": 3,
    "model": MODEL,
}
NODES = (*SELECTORS, "reference")


@pytest.mark.parametrize("name", CHECK_BOXES)
def test_check_box(panel: Any, name: str) -> None:
    box = getattr(panel.ui, CHECK_BOXES[name])
    before = getattr(panel.parameters, name)
    assert box.checked == before
    box.setChecked(not before)
    assert getattr(panel.parameters, name) is not before
    setattr(panel.parameters, name, before)
    panel.settle()
    assert box.checked == before


@pytest.mark.parametrize("name", SLIDERS)
def test_slider(panel: Any, name: str) -> None:
    control, value = getattr(panel.ui, SLIDERS[name]), CHANGED[name]
    control.setValue(value)
    assert getattr(panel.parameters, name) == pytest.approx(value)
    other = 7 if name == "passes" else 0.75
    setattr(panel.parameters, name, other)
    panel.settle()
    assert control.value == pytest.approx(other)


@pytest.mark.parametrize("name", COMBOS)
def test_combo(panel: Any, name: str) -> None:
    widget, value, words = COMBOS[name]
    combo = getattr(panel.ui, widget)
    combo.setCurrentIndex(combo.findText(words))
    assert getattr(panel.parameters, name) == value
    first = panel.section("InputSection" if name != "colourMap" else "DisplaySection")
    values = next(b.values for b in vars(first).values() if getattr(b, "name", "") == name)
    setattr(panel.parameters, name, values[0])
    panel.settle()
    assert combo.currentIndex == 0


@pytest.mark.parametrize("name", SELECTORS)
def test_selector(panel: Any, name: str) -> None:
    import slicer

    widget, node_class = SELECTORS[name]
    selector = getattr(panel.ui, widget)
    node = slicer.mrmlScene.AddNewNodeByClass(node_class, "other")
    if name == "segmentation":
        node.SetAttribute("UGMCL.Role", "segmentation")
    selector.setCurrentNode(node)
    assert getattr(panel.parameters, name) is node
    setattr(panel.parameters, name, None)
    panel.settle()
    assert selector.currentNode() is None


def test_structures_are_ticked(panel: Any) -> None:
    import qt

    panel.settle()
    ticks = panel.ui.segmentsList
    assert [ticks.item(row).text() for row in range(ticks.count)] == [
        "anterior hippocampus",
        "posterior hippocampus",
    ]
    ticks.item(0).setCheckState(qt.Qt.Unchecked)
    assert panel.parameters.segments == ["posterior hippocampus"]
    ticks.item(1).setCheckState(qt.Qt.Unchecked)
    assert panel.parameters.segments == []
    panel.settle()
    assert ticks.item(0).checkState() == qt.Qt.Checked


def test_model_list_tells_what_a_model_is_for(panel: Any) -> None:
    assert panel.parameters.model == MODEL
    assert panel.ui.modelCombo.currentText == f"Hippocampus in T1 MRI, version {MODEL.partition('@')[2]}"
    text = panel.ui.modelInfoLabel.text
    for words in ("in MR images", "anterior hippocampus, posterior hippocampus", "Licence", "Expected time"):
        assert words in text
    assert not panel.ui.secondVolumeSelector.visible


def test_choosing_a_model_takes_over_its_makers_advice(panel: Any, tmp_path: Path) -> None:
    shutil.copytree(find_model(MODEL).path or "", tmp_path / "in one piece")
    package = read_package(tmp_path / "in one piece")
    update_package(replace(package, name="in-one-piece", one_piece=True))
    model_id = import_model(tmp_path / "in one piece").id
    box = panel.ui.largestComponentCheckBox
    assert not box.checked
    panel.parameters.model = model_id
    panel.settle()
    assert box.checked and panel.parameters.largestComponent
    box.setChecked(False)
    panel.settle()
    assert not panel.parameters.largestComponent, "the user decides"
    panel.parameters.model = MODEL
    panel.parameters.largestComponent = True
    panel.settle()
    assert not box.checked


def test_every_setting_comes_back_with_the_saved_scene(panel: Any, tmp_path: Path) -> None:
    import slicer

    for name, value in CHANGED.items():
        setattr(panel.parameters, name, value)
    for name in NODES:
        node_class = SELECTORS.get(name, ("", "vtkMRMLSegmentationNode"))[1]
        node = slicer.mrmlScene.AddNewNodeByClass(node_class, f"node of {name}")
        setattr(panel.parameters, name, node)
    panel.settle()
    file = tmp_path / "scène 1.mrb"
    assert slicer.mrmlScene.WriteToMRB(str(file))
    panel.host.close_scene()
    assert panel.parameters.inputVolume is None
    assert panel.parameters.passes == 0
    assert slicer.mrmlScene.ReadFromMRB(str(file), True)
    panel.settle()
    for name, value in CHANGED.items():
        assert getattr(panel.parameters, name) == value, name
    for name in NODES:
        assert getattr(panel.parameters, name).GetName() == f"node of {name}"
    assert panel.ui.passesSpinBox.value == 12
    assert panel.ui.colourMapCombo.currentText == "viridis"
    assert panel.ui.inputVolumeSelector.currentNode().GetName() == "node of inputVolume"


def test_all_fields_are_tested_here(panel: Any) -> None:
    from UGMCLSegmentationLib.parameters import UGMCLSegmentationParameterNode

    fields = set(UGMCLSegmentationParameterNode.__annotations__)
    assert fields == {*CHANGED, *NODES}


@pytest.mark.timeout(240)
def test_a_result_comes_back_with_the_saved_scene(panel: Any, tmp_path: Path) -> None:
    import slicer

    panel.parameters.overlayOpacity = 0.75
    panel.segment()
    summary, model = panel.ui.summaryLabel.text, panel.ui.resultModelLabel.text
    file = tmp_path / "result.mrb"
    assert slicer.mrmlScene.WriteToMRB(str(file))
    panel.host.close_scene()
    panel.settle()
    assert panel.ui.summaryLabel.text == "There is no result yet."
    assert slicer.mrmlScene.ReadFromMRB(str(file), True)
    panel.settle()
    nodes = panel.widget.result()
    assert nodes.uncertainty is not None
    assert nodes.regions is not None
    assert nodes.folder_item
    assert panel.ui.summaryLabel.text == summary
    assert panel.ui.resultModelLabel.text == model
    assert panel.parameters.overlayOpacity == 0.75
    assert slicer.mrmlScene.GetNodeByID("vtkMRMLSliceCompositeNodeRed").GetForegroundOpacity() == 0.75
    panel.segment()
