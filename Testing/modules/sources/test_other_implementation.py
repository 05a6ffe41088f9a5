"""What the host's own parameter node writes, Slicer's reads, and the other way round.

Runs where Slicer's sources are in use (environment variable SLICER_PYTHON_DIR); the host's own package is
then loaded beside them under another name.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(not os.environ.get("SLICER_PYTHON_DIR"), reason="needs SLICER_PYTHON_DIR"),
]
ALIAS = "host_own_parameter_nodes"


@pytest.fixture
def own(host: Any, root: Path) -> Iterator[Any]:
    """The host's own package slicer.parameterNodeWrapper, under another name."""
    folder = root / "Testing" / "host" / "sources" / "slicer" / "parameterNodeWrapper"
    spec = importlib.util.spec_from_file_location(
        ALIAS, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[ALIAS] = package
    spec.loader.exec_module(package)
    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == ALIAS]:
        del sys.modules[name]


@pytest.fixture
def pairs(own: Any, declare: Callable[[Any], type]) -> dict[str, tuple[type, type]]:
    """Writer and reader, both ways round."""
    import slicer.parameterNodeWrapper as slicers

    assert Path(slicers.__file__).is_relative_to(os.environ["SLICER_PYTHON_DIR"])
    ours, theirs = declare(own), declare(slicers)
    return {"own to Slicer": (ours, theirs), "Slicer to own": (theirs, ours)}


def fill(parameters: Any, colour: Any) -> None:
    """Give every parameter another value than its start value."""
    import slicer

    scene = slicer.mrmlScene
    volumes = [scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in ("CT", "MR")]
    parameters.count, parameters.passes, parameters.share = -3, 8, 0.1
    parameters.model, parameters.surface = "hippocampus@1.0 é", "never"
    parameters.overlay, parameters.fill = False, True
    parameters.colour = colour.RED
    parameters.folder = Path("/data/é")
    parameters.volume, parameters.volumes = volumes[0], volumes
    parameters.model_or_markup = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    parameters.segments, parameters.numbers, parameters.rows = ["a", "b"], [], [[1], []]
    parameters.pair, parameters.weights = (4, "four"), {"z": 1.5, "a": 2.0}
    parameters.limit, parameters.either = 6, "word"
    parameters.point.x, parameters.point.name = 9.0, "there"
    parameters.window.maximum = 7


def plain(value: Any) -> Any:
    """A value without the classes of its implementation."""
    if hasattr(value, "GetName"):
        return value.GetName()
    if hasattr(value, "minimum"):
        return value.minimum, value.maximum
    if hasattr(value, "getValue"):
        return value.x, value.name
    if hasattr(value, "items"):
        return list(value.items())
    if hasattr(value, "append"):
        return [plain(member) for member in value]
    return value


def values(parameters: Any) -> dict[str, Any]:
    return {name: plain(getattr(parameters, name)) for name in parameters.allParameters}


@pytest.mark.parametrize("direction", ["own to Slicer", "Slicer to own"])
def test_a_saved_scene_opens_with_the_other(
    pairs: dict[str, tuple[type, type]],
    node: Any,
    reopened: Callable[[], Any],
    colour: Any,
    direction: str,
) -> None:
    writer, reader = pairs[direction]
    fill(writer(node), colour)
    written = values(writer(node))
    starts = values(writer(node.CreateNodeInstance()))
    assert [name for name in written if written[name] == starts[name]] == []
    assert values(reader(reopened())) == written


def test_both_start_with_the_same_values(pairs: dict[str, tuple[type, type]], node: Any) -> None:
    ours, theirs = pairs["own to Slicer"]
    assert values(ours(node.CreateNodeInstance())) == values(theirs(node.CreateNodeInstance()))


def test_both_store_in_the_same_form(pairs: dict[str, tuple[type, type]], node: Any, colour: Any) -> None:
    forms = []
    for implementation in pairs["own to Slicer"]:
        stored = node.CreateNodeInstance()
        parameters = implementation(stored)
        parameters.count, parameters.share, parameters.rows = 7, 1e-9, [[1, 2], []]
        parameters.segments, parameters.weights = ["a", ""], {"k": 0.25}
        parameters.pair, parameters.limit, parameters.either = (1, "x"), None, "y"
        parameters.colour, parameters.folder = colour.RED, Path("a/b")
        forms.append({name: stored.GetParameter(name) for name in stored.GetParameterNames()})
    assert forms[0] == forms[1]
