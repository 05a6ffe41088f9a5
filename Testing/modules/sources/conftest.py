"""What the tests of the parameter node share. (Annotations are real objects here: decorators need them.)"""

import enum
import pathlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest


class Colour(enum.Enum):
    RED = 1
    DARK_BLUE = 2


@pytest.fixture
def colour() -> type[Colour]:
    """An Enum that EveryType uses."""
    return Colour


@pytest.fixture
def every_type(host: Any) -> type:
    """A wrapper with a parameter of each type, decorated by the sources under test."""
    import slicer.parameterNodeWrapper as sources

    return declare_every_type(sources)


@pytest.fixture
def declare() -> Callable[[Any], type]:
    """The same wrapper, decorated by the sources given."""
    return declare_every_type


def declare_every_type(sources: Any) -> type:
    import slicer

    @sources.parameterPack
    class Point:
        x: float = 1.5
        name: Annotated[str, sources.Default("here")]

    @sources.parameterNodeWrapper
    class EveryType:
        count: int = 4
        passes: Annotated[int, sources.WithinRange(0, 20)]
        share: Annotated[float, sources.WithinRange(0, 1), sources.Default(0.25)]
        model: str
        surface: Annotated[str, sources.Choice(["auto", "always", "never"])] = "auto"
        overlay: bool = True
        fill: bool
        colour: Colour = Colour.DARK_BLUE
        folder: pathlib.Path
        volume: slicer.vtkMRMLScalarVolumeNode
        model_or_markup: slicer.vtkMRMLModelNode | slicer.vtkMRMLMarkupsNode | None
        segments: list[str]
        numbers: Annotated[list[int], sources.Default([3, 1])]
        rows: list[list[int]]
        volumes: list[slicer.vtkMRMLScalarVolumeNode]
        pair: tuple[int, str] = (0, "")
        weights: dict[str, float]
        limit: int | None
        either: int | str
        point: Point
        window: Annotated[
            sources.FloatRange,
            sources.RangeBounds(-10, 10),
            sources.Default(sources.FloatRange(-1, 2)),
        ]

    EveryType.Point = Point
    return EveryType


@pytest.fixture
def logic(host: Any) -> Any:
    """The logic of a module that has nothing but a parameter node."""
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    class ExampleLogic(ScriptedLoadableModuleLogic):
        pass

    return ExampleLogic()


@pytest.fixture
def node(logic: Any) -> Any:
    """A parameter node in the scene."""
    return logic.getParameterNode()


@pytest.fixture
def reopened(logic: Any, tmp_path: Path) -> Callable[[], Any]:
    """Saves the scene as .mrb, closes it, opens the file and returns the parameter node found there."""
    import slicer

    def save_and_open() -> Any:
        path = str(tmp_path / "scene é.mrb")
        assert slicer.mrmlScene.WriteToMRB(path)
        slicer.mrmlScene.Clear(0)
        assert slicer.mrmlScene.ReadFromMRB(path)
        return logic.getParameterNode()

    return save_and_open
