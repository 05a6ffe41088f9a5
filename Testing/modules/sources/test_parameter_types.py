"""Each type of parameter: its start value, its stored form, and its way through a saved scene."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)

STARTS = {
    "count": 4,
    "passes": 0,
    "share": 0.25,
    "model": "",
    "surface": "auto",
    "overlay": True,
    "fill": False,
    "folder": Path(),
    "volume": None,
    "model_or_markup": None,
    "segments": [],
    "numbers": [3, 1],
    "rows": [],
    "volumes": [],
    "pair": (0, ""),
    "weights": {},
    "limit": None,
    "either": 0,
}
VALUES = {
    "count": -7,
    "passes": 20,
    "share": 0.1 + 0.2,
    "model": 'ünet "x" <&> ß',
    "surface": "never",
    "overlay": False,
    "fill": True,
    "folder": Path("/data/scans é/one two"),
    "segments": ["Left atrium", "", "a,b;c|d"],
    "numbers": [],
    "rows": [[1, 2], [], [3]],
    "pair": (5, "five"),
    "weights": {"b": 0.5, "a": 2.0},
    "limit": 9,
    "either": "word",
}


def test_a_new_node_gets_the_start_values(every_type: type, node: Any, colour: Any) -> None:
    parameters = every_type(node)
    assert {name: getattr(parameters, name) for name in STARTS} == STARTS
    assert parameters.colour is colour.DARK_BLUE
    assert (parameters.point.x, parameters.point.name) == (1.5, "here")
    assert (parameters.window.minimum, parameters.window.maximum) == (-1, 2)
    assert parameters.default("share").value == 0.25


@pytest.mark.parametrize("name", VALUES)
def test_a_value_survives_saving_and_opening_the_scene(
    every_type: type, node: Any, reopened: Callable[[], Any], name: str
) -> None:
    setattr(every_type(node), name, VALUES[name])
    value = getattr(every_type(reopened()), name)
    assert value == VALUES[name]
    assert type(value) is type(getattr(every_type(node), name))


def test_enum_pack_and_range_survive_saving(
    every_type: type, node: Any, reopened: Callable[[], Any], colour: Any
) -> None:
    from slicer.parameterNodeWrapper import FloatRange

    parameters = every_type(node)
    parameters.colour = colour.RED
    parameters.point = every_type.Point(-2.5, "there")
    parameters.window = FloatRange(0.5, 3)
    found = every_type(reopened())
    assert found.colour is colour.RED
    assert found.point == every_type.Point(-2.5, "there")
    assert (found.window.minimum, found.window.maximum) == (0.5, 3)


def test_none_and_the_other_type_replace_what_was_stored(every_type: type, node: Any) -> None:
    parameters = every_type(node)
    for value in (3, None, 5):
        parameters.limit = value
        assert every_type(node).limit == value
    for value in ("3", 3, "word"):
        parameters.either = value
        assert every_type(node).either == value
    assert len([name for name in node.GetParameterNames() if name.startswith("either")]) == 1


def test_the_stored_form(every_type: type, node: Any, colour: Any) -> None:
    parameters = every_type(node)
    for name in ("segments", "pair", "weights", "limit", "either", "overlay", "fill", "share"):
        setattr(parameters, name, VALUES[name])
    parameters.colour = colour.RED
    expected = {
        "count": "4",
        "share": "0.30000000000000004",
        "overlay": "False",
        "fill": "True",
        "colour": "RED",
        "folder": ".",
        "volume": "",
        "model_or_markup.2": "True",
        "segments.len": "3",
        "segments.0": "Left atrium",
        "segments.2": "a,b;c|d",
        "numbers.len": "2",
        "numbers.1": "1",
        "rows.len": "0",
        "pair.0": "5",
        "pair.1": "five",
        "weights.len": "2",
        "weights.0.0": "b",
        "weights.0.1": "0.5",
        "limit.0": "9",
        "either.1": "word",
        "point.name": "here",
        "window._minimum": "-1",
    }
    assert {name: node.GetParameter(name) for name in expected} == expected
    assert not node.HasParameter("segments")
    assert not node.HasParameter("limit.1")


def test_a_shorter_list_leaves_nothing_behind(every_type: type, node: Any) -> None:
    parameters = every_type(node)
    parameters.segments = ["a", "b", "c"]
    parameters.segments = ["d"]
    assert node.GetParameter("segments.0") == "d"
    assert not node.HasParameter("segments.1")


def test_a_prefix_keeps_two_wrappers_apart(every_type: type, node: Any) -> None:
    first, second = every_type(node, "first."), every_type(node, "second.")
    first.count = 1
    second.count = 2
    assert (first.count, second.count, node.GetParameter("second.count")) == (1, 2, "2")


def test_a_change_in_the_node_is_seen(every_type: type, node: Any) -> None:
    parameters = every_type(node)
    node.SetParameter("count", "12")
    every_type(node).segments = ["x"]
    assert parameters.count == 12
    assert parameters.segments == ["x"]


def test_names_and_types_can_be_asked_for(every_type: type, node: Any) -> None:
    parameters = every_type(node)
    assert list(every_type.allParameters)[:2] == ["count", "passes"]
    assert parameters.dataType("count") is int
    assert parameters.dataType("point.x") is float
    parameters.setValue("point.x", 8.0)
    parameters.setValue("count", 3)
    assert (parameters.getValue("point.x"), parameters.getValue("count")) == (8.0, 3)
    for name in ("nothing", "point.nothing"):
        with pytest.raises(ValueError, match="nothing"):
            parameters.getValue(name)
