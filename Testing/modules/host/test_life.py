"""The host's application: errors are noticed, the scene closes as in Slicer, pauses count, it ends well."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.timeout(120)


def test_errors_in_slots_and_observers_are_noticed(host: Any) -> None:
    import logging

    import qt
    import slicer

    button = qt.QPushButton()
    button.clicked.connect(lambda: 1 / 0)
    button.click()
    assert "ZeroDivisionError" in host.errors()[0]
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")

    def observer(caller: Any, event: str) -> None:
        raise KeyError("observed")

    node.AddObserver("ModifiedEvent", observer)
    node.Modified()
    assert "observed" in host.errors()[0]
    logging.error("logged")
    assert host.errors() == ["logged"]
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLNoSuchNode")
    assert "vtkMRMLNoSuchNode" in "".join(host.errors())


def test_message_boxes_are_kept_and_not_shown(host: Any) -> None:
    import slicer

    slicer.util.warningDisplay("Careful")
    slicer.util.errorDisplay("Broken")
    assert host.messages() == [("warning", "Careful"), ("error", "Broken")]
    assert host.errors() == ["Broken"]


def test_closing_the_scene(host: Any) -> None:
    """Events come in Slicer's order; a singleton parameter node stays, emptied."""
    import slicer

    scene = slicer.mrmlScene
    order: list[str] = []
    tags = [
        scene.AddObserver(event, lambda *_, name=name: order.append(name))
        for event, name in ((scene.StartCloseEvent, "start"), (scene.EndCloseEvent, "end"))
    ]
    node = scene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
    node.UnRegister(None)
    node.SetSingletonTag("Example")
    node = scene.AddNode(node)
    node.SetParameter("threshold", "0.5")
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    host.close_scene()
    for tag in tags:
        scene.RemoveObserver(tag)
    assert order == ["start", "end"]
    assert scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode") is None
    assert scene.GetSingletonNode("Example", "vtkMRMLScriptedModuleNode") is node
    assert node.GetParameter("threshold") == ""


def test_a_blocked_window_is_measured(host: Any) -> None:
    import qt

    host.start_pause_watch()
    host.process_events(0.1)
    calm = host.longest_pause()
    qt.QTimer.singleShot(0, lambda: time.sleep(0.6))
    host.process_events(0.2)
    time.sleep(0.3)
    assert calm < 0.5 <= host.longest_pause() < 5


def test_gestures_are_refused_where_a_user_could_not(host: Any) -> None:
    import qt

    box = qt.QWidget(host.window)
    button = qt.QPushButton("Go", box)
    with pytest.raises(AssertionError, match="hidden"):
        host.click(button)
    box.show()
    button.enabled = False
    with pytest.raises(AssertionError, match="disabled"):
        host.click(button)
    combo = qt.QComboBox(box)
    combo.addItems(["one", "two"])
    combo.show()
    host.choose(combo, "two")
    assert combo.currentIndex == 1
    with pytest.raises(AssertionError, match="three"):
        host.choose(combo, "three")
    box.setParent(None)


def test_shortcuts_and_typing(host: Any) -> None:
    import qt

    field = qt.QLineEdit(host.window)
    field.show()
    host.type_text(field, "Gehirn é 3")
    assert field.text == "Gehirn é 3"
    pressed: list[str] = []
    shortcut = qt.QShortcut(qt.QKeySequence("Ctrl+Shift+N"), host.window)
    shortcut.connect("activated()", lambda: pressed.append("next"))
    host.press("Ctrl+Shift+N")
    assert pressed == ["next"]
    shortcut.delete()
    field.setParent(None)


def test_files_are_read_and_written_by_slicers_functions(host: Any, tmp_path: Path) -> None:
    import slicer

    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Image é")
    slicer.util.updateVolumeFromArray(volume, np.arange(60, dtype=np.int16).reshape(3, 4, 5))
    volume.SetSpacing(1, 2, 3)
    assert slicer.util.exportNode(volume, str(tmp_path / "image é.nrrd"))
    loaded = slicer.util.loadVolume(str(tmp_path / "image é.nrrd"))
    assert loaded.GetName() == "image é" and loaded.GetSpacing() == (1, 2, 3)
    assert slicer.util.arrayFromVolume(loaded).sum() == 1770
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Result")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment = segmentation.GetSegmentation().AddEmptySegment("liver", "Liver")
    mask = (slicer.util.arrayFromVolume(volume) > 30).astype(np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, segment, volume)
    assert slicer.util.saveNode(segmentation, str(tmp_path / "result.seg.nrrd"))
    back = slicer.util.loadSegmentation(str(tmp_path / "result.seg.nrrd"))
    assert back.GetSegmentation().GetSegment("liver").GetName() == "Liver"
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    host.close_scene()
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    assert slicer.util.getNode("Image é").GetImageData() is not None
    with pytest.raises(RuntimeError):
        slicer.util.loadVolume(str(tmp_path / "absent.nrrd"))


def test_data_nodes_have_subject_hierarchy_items(host: Any) -> None:
    import slicer

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    item = hierarchy.GetItemByDataNode(volume)
    assert item and hierarchy.GetItemName(item) == "CT"
    tree = slicer.qMRMLSubjectHierarchyTreeView()
    tree.setMRMLScene(slicer.mrmlScene)
    folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "Case 1")
    hierarchy.SetItemParent(item, folder)
    host.process_events()
    assert tree.children_of(folder) == [item]
    slicer.mrmlScene.RemoveNode(volume)
    assert tree.children_of(folder) == []


@pytest.mark.parametrize(("statement", "status"), [("pass", 0), ("assert False", 1)])
def test_a_test_run_ends_with_the_right_status(
    tmp_path: Path, root: Path, statement: str, status: int
) -> None:
    """Teardown does not crash, and the exit status says what happened."""
    folder = tmp_path / "Testing" / "modules"
    folder.mkdir(parents=True)
    conftest = (root / "Testing/modules/conftest.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(
        conftest.replace("Path(__file__).resolve().parents[2]", f"Path({str(root)!r})"), encoding="utf-8"
    )
    body = "    import slicer\n    slicer.mrmlScene.AddNewNodeByClass('vtkMRMLScalarVolumeNode')\n"
    (folder / "test_one.py").write_text(f"def test_one(host):\n{body}    host.window\n    {statement}\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(folder),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert run.returncode == status, run.stdout + run.stderr
    assert ("1 passed" if status == 0 else "1 failed") in run.stdout
