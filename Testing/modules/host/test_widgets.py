"""The stand-ins behave as Slicer's widgets: properties as attributes, signals by signature, the scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(120)

FORM = """<?xml version="1.0" encoding="UTF-8"?>
<ui version="4.0"><class>Form</class>
 <widget class="qMRMLWidget" name="Form"><layout class="QVBoxLayout" name="column">
  <item><widget class="qMRMLNodeComboBox" name="{first}">
   <property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property>
   <property name="noneEnabled"><bool>true</bool></property></widget></item>
  <item><widget class="ctkPathLineEdit" name="pathEdit">
   <property name="filters"><set>ctkPathLineEdit::Dirs|ctkPathLineEdit::Writable</set></property>
  </widget></item>
  <item><widget class="ctkCollapsibleButton" name="folded">
   <property name="text"><string>More</string></property>
   <property name="collapsed"><bool>true</bool></property>
   <layout class="QVBoxLayout" name="inner"><item><widget class="QPushButton" name="inside"/></item></layout>
  </widget></item>
 </layout></widget>
 <connections>{connections}</connections></ui>"""
CONNECTION = """<connection><sender>Form</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
 <receiver>selector</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>"""


def form(folder: Path, connections: str) -> Any:
    """The form above with its named widgets, as `slicer.util.loadUI` gives it."""
    import slicer

    path = folder / "form.ui"
    path.write_text(FORM.format(first="selector", connections=connections), encoding="utf-8")
    widget = slicer.util.loadUI(str(path))
    return widget, slicer.util.childWidgetVariables(widget)


def test_an_unconnected_selector_stays_empty(host: Any, tmp_path: Path) -> None:
    import slicer

    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    root, ui = form(tmp_path, CONNECTION)
    root.setMRMLScene(slicer.mrmlScene)
    assert ui.selector.nodes() == [volume]
    root, ui = form(tmp_path, "")
    root.setMRMLScene(slicer.mrmlScene)
    assert ui.selector.nodes() == []


def test_a_connection_with_a_wrong_name_is_an_error(host: Any, tmp_path: Path) -> None:
    form(tmp_path, CONNECTION.replace("setMRMLScene", "setScene"))
    assert "setScene" in host.errors()[0]


def test_properties_of_a_form_reach_the_stand_ins(host: Any, tmp_path: Path) -> None:
    import ctk

    root, ui = form(tmp_path, CONNECTION)
    assert ui.selector.nodeTypes == ("vtkMRMLScalarVolumeNode",) and ui.selector.noneEnabled
    assert ui.pathEdit.filters == ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Writable
    root.show()
    host.process_events()
    assert ui.folded.collapsed and not ui.inside.isVisible()
    host.click(ui.folded)
    assert not ui.folded.collapsed and ui.inside.isVisible()
    root.close()


def test_what_is_hidden_while_folded_stays_hidden(host: Any, tmp_path: Path) -> None:
    root, ui = form(tmp_path, CONNECTION)
    root.show()
    ui.inside.setVisible(True)
    assert not ui.inside.isVisible()
    ui.folded.collapsed = False
    assert ui.inside.isVisible()
    ui.inside.setVisible(False)
    ui.folded.collapsed = True
    ui.folded.collapsed = False
    assert not ui.inside.isVisible()
    root.close()


def test_the_selector_follows_the_scene(host: Any) -> None:
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.noneEnabled = True
    selector.setMRMLScene(slicer.mrmlScene)
    seen: list[Any] = []
    selector.connect("currentNodeChanged(vtkMRMLNode*)", seen.append)
    node = selector.addNode()
    assert selector.currentNode() is node and seen == [node]
    node.SetName("Renamed")
    assert selector.comboBox().currentText == "Renamed"
    slicer.mrmlScene.RemoveNode(node)
    assert selector.currentNode() is None and seen[-1] is None
    label_map = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    assert label_map in selector.nodes()
    selector.showChildNodeTypes = False
    assert selector.nodes() == []


def test_checked_nodes_leave_with_the_scene(host: Any) -> None:
    import qt
    import slicer

    selector = slicer.qMRMLCheckableNodeComboBox()
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.setMRMLScene(slicer.mrmlScene)
    nodes = [slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode") for _ in range(3)]
    selector.setCheckState(nodes[1], qt.Qt.Checked)
    assert selector.checkedNodes() == [nodes[1]]
    host.close_scene()
    assert selector.checkedNodes() == [] and selector.noneChecked()


def test_properties_are_attributes_and_not_calls(host: Any) -> None:
    import qt

    button = qt.QPushButton("Go")
    assert button.text == "Go" and button.enabled and not button.checkable
    with pytest.raises(TypeError):
        button.text()
    button.checkable = True
    seen: list[Any] = []
    button.connect("toggled(bool)", seen.append)
    button.connect("toggled()", lambda: seen.append("no argument"))
    button.checked = True
    assert seen == [True, "no argument"]
    assert button.disconnect("toggled(bool)", seen.append)
    button.checked = False
    assert seen[2:] == ["no argument"]


def test_a_single_shot_fires(host: Any) -> None:
    import qt

    fired: list[bool] = []
    qt.QTimer.singleShot(1, lambda: fired.append(True))
    host.wait_until(lambda: fired, 5, "the single shot")


def test_none_is_never_used_up(host: Any) -> None:
    """PySide6 on Python 3.11 takes a reference of None at every call that returns it."""
    import sys

    import qt

    widget = qt.QWidget()
    for _ in range(20_000):
        widget.layout()
    assert sys.version_info >= (3, 12) or sys.getrefcount(None) > 1_000_000
