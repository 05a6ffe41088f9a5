"""Refused values, and lists, dictionaries and packs that are changed where they are."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest

pytestmark = pytest.mark.timeout(60)

REFUSED = [
    ("passes", 21),
    ("passes", -1),
    ("share", 1.0001),
    ("surface", "sometimes"),
    ("count", 2.5),
    ("count", None),
    ("count", "4"),
    ("model", 3),
    ("overlay", 1),
    ("folder", "/a/text"),
    ("colour", "RED"),
    ("segments", ["a", 3]),
    ("segments", None),
    ("pair", (1, "a", 2)),
    ("weights", {"a": "b"}),
    ("limit", "text"),
    ("either", 2.5),
    ("point", None),
]


@pytest.mark.parametrize("name, value", REFUSED)
def test_a_wrong_value_is_refused_and_the_old_one_stays(
    every_type: type, node: Any, name: str, value: Any
) -> None:
    parameters = every_type(node)
    before = getattr(parameters, name)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        setattr(parameters, name, value)
    assert getattr(parameters, name) == before
    assert getattr(every_type(node), name) == before


def test_every_condition(host: Any, node: Any) -> None:
    from slicer.parameterNodeWrapper import Exclude, Maximum, Minimum, parameterNodeWrapper

    @parameterNodeWrapper
    class Conditions:
        low: Annotated[int, Minimum(2)] = 2
        high: Annotated[float, Maximum(0.5)]
        other: Annotated[int, Exclude([1, 3])]
        many: list[Annotated[int, Minimum(0)]]

    parameters = Conditions(node)
    for name, good, bad in (("low", 3, 1), ("high", 0.5, 0.6), ("other", 2, 3), ("many", [0, 1], [1, -1])):
        setattr(parameters, name, good)
        with pytest.raises(ValueError):
            setattr(parameters, name, bad)
        assert getattr(parameters, name) == good


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda names: names.append("d"), ["a", "b", "c", "d"]),
        (lambda names: names.extend(["d", "e"]), ["a", "b", "c", "d", "e"]),
        (lambda names: names.insert(0, "z"), ["z", "a", "b", "c"]),
        (lambda names: names.remove("b"), ["a", "c"]),
        (lambda names: names.pop(0), ["b", "c"]),
        (lambda names: names.clear(), []),
        (lambda names: names.reverse(), ["c", "b", "a"]),
        (lambda names: names.sort(reverse=True), ["c", "b", "a"]),
        (lambda names: names.__setitem__(1, "x"), ["a", "x", "c"]),
        (lambda names: names.__delitem__(1), ["a", "c"]),
        (lambda names: names.__iadd__(["d"]), ["a", "b", "c", "d"]),
        (lambda names: names.__imul__(2), ["a", "b", "c", "a", "b", "c"]),
    ],
)
def test_a_list_is_changed_in_the_node(
    every_type: type, node: Any, change: Callable[[Any], Any], expected: list[str]
) -> None:
    parameters = every_type(node)
    parameters.segments = ["a", "b", "c"]
    change(parameters.segments)
    assert parameters.segments == expected
    assert every_type(node).segments == expected


def test_a_list_of_lists_and_a_dictionary_are_changed_in_the_node(every_type: type, node: Any) -> None:
    parameters = every_type(node)
    parameters.rows.append([1])
    parameters.rows[0].append(2)
    parameters.rows[0][0] = 7
    parameters.weights["a"] = 1.0
    parameters.weights["b"] = 2.0
    assert parameters.weights.pop("a") == 1.0
    assert every_type(node).rows == [[7, 2]]
    assert dict(every_type(node).weights) == {"b": 2.0}
    assert "b" in parameters.weights
    assert parameters.weights.get("missing") is None


def test_a_wrong_member_leaves_list_and_dictionary_as_they_were(every_type: type, node: Any) -> None:
    parameters = every_type(node)
    parameters.segments = ["a"]
    with pytest.raises(TypeError):
        parameters.segments.append(3)
    with pytest.raises(TypeError):
        parameters.weights["x"] = "heavy"
    assert parameters.segments == ["a"]
    assert len(parameters.weights) == 0


def test_a_pack_is_changed_in_the_node(every_type: type, node: Any) -> None:
    parameters = every_type(node)
    parameters.point.x = 3
    parameters.window.maximum = 5
    with pytest.raises(TypeError):
        parameters.point.name = 3
    with pytest.raises(ValueError):
        parameters.window.minimum = 6
    with pytest.raises(AttributeError):
        parameters.point.colour = "red"
    found = every_type(node)
    assert (found.point.x, found.point.name) == (3, "here")
    assert (found.window.minimum, found.window.maximum) == (-1, 5)


def test_a_pack_alone(every_type: type) -> None:
    point = every_type.Point(2.0)
    assert point == every_type.Point(x=2.0, name="here")
    assert point != every_type.Point(2.0, "there")
    with pytest.raises(TypeError):
        every_type.Point(radius=1)
    with pytest.raises(TypeError):
        point.x = "far"
    assert point.getValue("x") == 2.0


def test_a_range_within_its_bounds(every_type: type, node: Any) -> None:
    from slicer.parameterNodeWrapper import FloatRange

    with pytest.raises(ValueError):
        FloatRange(2, 1)
    with pytest.raises(ValueError):
        every_type(node).window = FloatRange(-11, 0)


def test_one_change_is_one_event(every_type: type, node: Any) -> None:
    import vtk

    parameters, events = every_type(node), []
    tag = parameters.AddObserver(
        vtk.vtkCommand.ModifiedEvent, lambda *_: events.append(list(parameters.segments))
    )
    parameters.segments = ["a", "b"]
    assert events == [["a", "b"]]
    parameters.segments = ["a", "b"]
    assert len(events) == 1
    parameters.RemoveObserver(tag)
    parameters.segments.clear()
    assert len(events) == 1


@pytest.mark.parametrize(
    "name", ["default", "dataType", "getValue", "setValue", "connectGui", "disconnectGui", "isCached"]
)
def test_names_that_the_wrapper_needs_are_refused(host: Any, name: str) -> None:
    from slicer.parameterNodeWrapper import parameterNodeWrapper, parameterPack

    with pytest.raises(ValueError, match=name):
        parameterNodeWrapper(type("Reserved", (), {"__annotations__": {name: int}}))
    if name in ("getValue", "setValue", "dataType"):
        with pytest.raises(ValueError, match=name):
            parameterPack(type("Reserved", (), {"__annotations__": {name: int}}))


def test_types_that_cannot_be_stored_are_refused(host: Any) -> None:
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    with pytest.raises(Exception):
        parameterNodeWrapper(type("Unknown", (), {"__annotations__": {"number": complex}}))
