"""Node parameters: references that are saved, that follow the scene, and that are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)


def volume(name: str = "CT") -> Any:
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.CreateDefaultDisplayNodes()
    return node


def test_a_node_is_a_reference_and_an_empty_parameter(every_type: type, node: Any) -> None:
    parameters, ct = every_type(node), volume()
    parameters.volume = ct
    assert node.GetNodeReferenceID("volume") == ct.GetID()
    assert (node.HasParameter("volume"), node.GetParameter("volume")) == (1, "")
    parameters.volumes = [ct, ct]
    assert node.GetNodeReferenceID("volumes.1") == ct.GetID()
    parameters.volume = None
    assert node.GetNodeReferenceID("volume") is None
    assert every_type(node).volume is None


def test_nodes_survive_saving(every_type: type, node: Any, reopened: Callable[[], Any]) -> None:
    import slicer

    parameters = every_type(node)
    parameters.volume = volume("first")
    parameters.volumes = [volume("second"), volume("third")]
    parameters.model_or_markup = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    found = every_type(reopened())
    assert found.volume.GetName() == "first"
    assert [member.GetName() for member in found.volumes] == ["second", "third"]
    assert found.model_or_markup.GetName() == "box"


def test_a_removed_node_becomes_none(every_type: type, node: Any) -> None:
    import slicer

    parameters = every_type(node)
    ct, box = volume(), slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode")
    parameters.volume, parameters.model_or_markup = ct, box
    slicer.mrmlScene.RemoveNode(ct)
    slicer.mrmlScene.RemoveNode(box)
    assert parameters.volume is None
    assert parameters.model_or_markup is None
    assert every_type(node).volume is None


def test_a_node_of_another_class_is_refused(every_type: type, node: Any) -> None:
    import slicer

    parameters, ct = every_type(node), volume()
    model = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode")
    parameters.volume = ct
    with pytest.raises(TypeError):
        parameters.volume = model
    assert parameters.volume is ct
    with pytest.raises(TypeError):
        parameters.model_or_markup = ct
    parameters.model_or_markup = model
    assert parameters.model_or_markup is model


def test_the_logics_node_is_one_a_scene(logic: Any) -> None:
    import slicer

    first = logic.getParameterNode()
    assert logic.getParameterNode() is first
    assert (first.GetAttribute("ModuleName"), first.GetSingletonTag()) == ("Example", "Example")
    assert logic.getAllParameterNodes() == [first]
    slicer.mrmlScene.Clear(0)
    again = logic.getParameterNode()
    assert again.GetAttribute("ModuleName") == "Example"
    logic.isSingletonParameterNode = False
    second = slicer.mrmlScene.AddNode(logic.createParameterNode())
    assert len({again, second} | set(logic.getAllParameterNodes())) == 2


def test_after_closing_the_scene_the_start_values_are_back(every_type: type, logic: Any) -> None:
    import slicer

    parameters = every_type(logic.getParameterNode())
    parameters.count, parameters.segments = 99, ["a"]
    slicer.mrmlScene.Clear(0)
    fresh = every_type(logic.getParameterNode())
    assert (fresh.count, fresh.segments, fresh.volume) == (4, [], None)
