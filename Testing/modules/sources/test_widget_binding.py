"""Every class of widget bound to a parameter: the widget shows it, and the user's change reaches it."""

import enum
import pathlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

pytestmark = pytest.mark.timeout(60)


class Plane(enum.Enum):
    AXIAL = 1
    CORONAL = 2

    def label(self) -> str:
        return self.name.title()


@pytest.fixture
def parameters(host: Any, node: Any) -> Any:
    """A wrapper with a parameter for each class of widget."""
    import slicer
    from slicer.parameterNodeWrapper import (
        Choice,
        Decimals,
        Default,
        FloatRange,
        Maximum,
        Minimum,
        RangeBounds,
        SingleStep,
        WithinRange,
        parameterNodeWrapper,
    )

    @parameterNodeWrapper
    class Parameters:
        flag: bool
        whole: Annotated[int, WithinRange(0, 40)] = 3
        least: Annotated[int, Minimum(-2)]
        most: Annotated[float, Maximum(9.5)]
        share: Annotated[float, WithinRange(0, 1), SingleStep(0.05), Decimals(3)] = 0.5
        text: str = "start"
        surface: Annotated[str, Choice(["auto", "always", "never"])] = "always"
        fold: Annotated[int, Choice([5, 10])] = 10
        plane: Plane = Plane.CORONAL
        path: pathlib.Path
        volume: slicer.vtkMRMLScalarVolumeNode
        window: Annotated[FloatRange, RangeBounds(-100, 100), Default(FloatRange(-5, 5))]

    return Parameters(node)


BOUND: dict[str, tuple[str, Callable[[Any, Any, Any], Any], str, Any, Any]] = {
    # class: (parameter, how to make the widget, its property, the user's value, the program's value)
    "QCheckBox": ("flag", lambda qt, ctk, slicer: qt.QCheckBox(), "checked", True, False),
    "ctkCheckBox": ("flag", lambda qt, ctk, slicer: ctk.ctkCheckBox(), "checked", True, False),
    "QSpinBox": ("whole", lambda qt, ctk, slicer: qt.QSpinBox(), "value", 40, 0),
    "QSlider": ("whole", lambda qt, ctk, slicer: qt.QSlider(), "value", 17, 2),
    "QSpinBox without maximum": ("least", lambda qt, ctk, slicer: qt.QSpinBox(), "value", 10**6, -2),
    "QDoubleSpinBox": ("share", lambda qt, ctk, slicer: qt.QDoubleSpinBox(), "value", 0.125, 1.0),
    "QDoubleSpinBox for int": ("whole", lambda qt, ctk, slicer: qt.QDoubleSpinBox(), "value", 12, 7),
    "QDoubleSpinBox without minimum": (
        "most",
        lambda qt, ctk, slicer: qt.QDoubleSpinBox(),
        "value",
        -123456.5,
        9.5,
    ),
    "ctkDoubleSpinBox": ("share", lambda qt, ctk, slicer: ctk.ctkDoubleSpinBox(), "value", 0.125, 1.0),
    "qMRMLSpinBox": ("share", lambda qt, ctk, slicer: slicer.qMRMLSpinBox(), "value", 0.125, 1.0),
    "ctkSliderWidget": ("share", lambda qt, ctk, slicer: ctk.ctkSliderWidget(), "value", 0.125, 0.75),
    "ctkDoubleSlider": ("share", lambda qt, ctk, slicer: ctk.ctkDoubleSlider(), "value", 0.25, 0.75),
    "qMRMLSliderWidget": ("share", lambda qt, ctk, slicer: slicer.qMRMLSliderWidget(), "value", 0.125, 0.75),
    "QLineEdit": ("text", lambda qt, ctk, slicer: qt.QLineEdit(), "text", "typed é", ""),
}


@pytest.mark.parametrize("kind", BOUND)
def test_both_directions(parameters: Any, kind: str) -> None:
    import ctk
    import qt
    import slicer

    name, make, shown, typed, written = BOUND[kind]
    widget = make(qt, ctk, slicer)
    tag = parameters.connectParametersToGui({name: widget})
    assert getattr(widget, shown) == getattr(parameters, name)
    setattr(widget, shown, typed)
    assert getattr(parameters, name) == typed
    assert getattr(widget, shown) == typed
    setattr(parameters, name, written)
    assert getattr(widget, shown) == written
    parameters.disconnectGui(tag)
    setattr(widget, shown, typed)
    assert getattr(parameters, name) == written
    setattr(parameters, name, parameters.default(name).value)
    assert getattr(widget, shown) == typed


def test_whole_numbers_come_as_int(parameters: Any) -> None:
    import qt

    box = qt.QDoubleSpinBox()
    parameters.connectParametersToGui({"whole": box})
    box.value = 12.0
    assert type(parameters.whole) is int
    assert box.decimals == 0


def test_limits_and_steps_reach_the_widget(parameters: Any) -> None:
    import ctk
    import qt

    whole, share, least = qt.QSpinBox(), ctk.ctkSliderWidget(), qt.QSpinBox()
    parameters.connectParametersToGui({"whole": whole, "share": share, "least": least})
    assert (whole.minimum, whole.maximum) == (0, 40)
    assert (share.minimum, share.maximum, share.singleStep, share.decimals) == (0, 1, 0.05, 3)
    assert (least.minimum, least.maximum) == (-2, 2**31 - 1)
    whole.value = 500
    assert parameters.whole == whole.value == 40


def test_a_push_button_becomes_checkable(parameters: Any) -> None:
    import qt

    button = qt.QPushButton("On")
    button.checkable = True
    parameters.connectParametersToGui({"flag": button})
    button.toggle()
    assert parameters.flag is True
    parameters.flag = False
    assert button.checked is False


@pytest.mark.parametrize("kind", ["QComboBox", "ctkComboBox"])
def test_a_combo_box_lists_the_choices(parameters: Any, kind: str) -> None:
    import ctk
    import qt

    make = {"QComboBox": qt.QComboBox, "ctkComboBox": ctk.ctkComboBox}[kind]
    texts, numbers, planes = make(), make(), make()
    parameters.connectParametersToGui({"surface": texts, "fold": numbers, "plane": planes})
    assert [texts.itemText(place) for place in range(texts.count)] == ["auto", "always", "never"]
    assert [planes.itemText(place) for place in range(planes.count)] == ["Axial", "Coronal"]
    assert (texts.currentText, numbers.currentText, planes.currentText) == ("always", "10", "Coronal")
    texts.currentIndex, numbers.currentIndex, planes.currentIndex = 2, 0, 0
    assert (parameters.surface, parameters.fold, parameters.plane) == ("never", 5, Plane.AXIAL)
    parameters.surface, parameters.fold, parameters.plane = "auto", 10, Plane.CORONAL
    assert (texts.currentIndex, numbers.currentIndex, planes.currentIndex) == (0, 1, 1)


def test_texts_that_are_long_or_only_shown(parameters: Any) -> None:
    import qt

    field, label = qt.QTextEdit(), qt.QLabel()
    parameters.connectParametersToGui({"text": field})
    parameters.connectParametersToGui({"text": label})
    assert (field.toPlainText(), label.text) == ("start", "start")
    field.setPlainText("two\nlines")
    assert (parameters.text, label.text) == ("two\nlines", "two\nlines")
    parameters.text = "one"
    assert (field.toPlainText(), label.text) == ("one", "one")


@pytest.mark.parametrize("kind", ["ctkPathLineEdit", "ctkDirectoryButton"])
def test_paths(parameters: Any, tmp_path: Path, kind: str) -> None:
    import ctk

    widget = getattr(ctk, kind)()
    shown = {"ctkPathLineEdit": "currentPath", "ctkDirectoryButton": "directory"}[kind]
    parameters.connectParametersToGui({"path": widget})
    setattr(widget, shown, str(tmp_path))
    assert parameters.path == tmp_path
    parameters.path = tmp_path / "sub é"
    assert getattr(widget, shown) == str(tmp_path / "sub é")


@pytest.mark.parametrize("kind", ["ctkRangeWidget", "ctkDoubleRangeSlider", "qMRMLRangeWidget"])
def test_ranges(parameters: Any, kind: str) -> None:
    import ctk
    import slicer
    from slicer.parameterNodeWrapper import FloatRange

    widget = getattr(slicer if kind.startswith("q") else ctk, kind)()
    parameters.connectParametersToGui({"window": widget})
    assert (widget.minimum, widget.maximum) == (-100, 100)
    assert (widget.minimumValue, widget.maximumValue) == (-5, 5)
    widget.setValues(-20, 60)
    assert (parameters.window.minimum, parameters.window.maximum) == (-20, 60)
    parameters.window = FloatRange(1, 2)
    assert (widget.minimumValue, widget.maximumValue) == (1, 2)


def test_a_node_selector(parameters: Any) -> None:
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.noneEnabled = True
    selector.setMRMLScene(slicer.mrmlScene)
    parameters.connectParametersToGui({"volume": selector})
    assert list(selector.nodeTypes) == ["vtkMRMLScalarVolumeNode"]
    assert selector.currentNode() is None
    first, second = (
        slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in ("first", "second")
    )
    parameters.volume = second
    assert selector.currentNode() is second
    selector.setCurrentNode(first)
    assert parameters.volume is first
    slicer.mrmlScene.RemoveNode(first)
    assert parameters.volume is None
    assert selector.currentNode() is None


def test_several_panels_show_one_parameter(parameters: Any) -> None:
    import qt

    first, second = qt.QSpinBox(), qt.QSlider()
    parameters.connectParametersToGui({"whole": first})
    parameters.connectParametersToGui({"whole": second})
    first.value = 9
    assert second.value == parameters.whole == 9
    second.value = 11
    assert first.value == parameters.whole == 11


def panel() -> tuple[Any, Any, Any]:
    """A widget with two children that name their parameters."""
    import qt

    outer = qt.QWidget()
    box, line = qt.QSpinBox(outer), qt.QLineEdit(outer)
    for child, name in ((box, "whole"), (line, "text")):
        child.objectName = name + "Edit"
        child.setProperty("SlicerParameterName", name)
    return outer, box, line


def test_widgets_name_their_parameter(parameters: Any) -> None:
    import slicer.util

    outer, box, line = panel()
    tag = parameters.connectGui(outer)
    assert (box.value, line.text) == (3, "start")
    line.text = "typed"
    assert parameters.text == "typed"
    parameters.disconnectGui(tag)
    tag = parameters.connectGui(slicer.util.childWidgetVariables(outer))
    box.value = 5
    assert parameters.whole == 5
    parameters.disconnectGui(tag)
    from slicer.parameterNodeWrapper import findChildWidgetForParameter

    assert findChildWidgetForParameter(outer, "whole") is box


def test_a_name_that_is_no_parameter_is_refused(parameters: Any) -> None:
    outer, box, _line = panel()
    box.setProperty("SlicerParameterName", "invertThreshold")
    with pytest.raises(ValueError, match="invertThreshold"):
        parameters.connectGui(outer)


def test_members_of_a_pack_have_dotted_names(every_type: type, node: Any) -> None:
    import qt

    parameters, line = every_type(node), qt.QLineEdit()
    parameters.connectParametersToGui({"point.name": line})
    line.text = "there"
    assert parameters.point.name == "there"
    parameters.point.name = "back"
    assert line.text == "back"


def test_only_the_listed_classes_are_bound(parameters: Any) -> None:
    import ctk
    import qt

    class OwnSpinBox(qt.QSpinBox):
        pass

    unfit = [
        ("whole", OwnSpinBox()),
        ("text", qt.QSpinBox()),
        ("flag", qt.QLineEdit()),
        ("text", qt.QComboBox()),  # no Choice
        ("least", qt.QSlider()),  # no maximum
        ("most", ctk.ctkSliderWidget()),  # no minimum
        ("share", qt.QSlider()),
    ]
    for name, widget in unfit:
        with pytest.raises(RuntimeError):
            parameters.connectParametersToGui({name: widget})


def test_typing_in_the_middle_keeps_the_cursor_there(parameters: Any) -> None:
    import qt

    line = qt.QLineEdit()
    parameters.connectParametersToGui({"text": line})
    line.setCursorPosition(2)
    line.insert("XX")
    assert parameters.text == "stXXart"
    assert line.cursorPosition == 4
