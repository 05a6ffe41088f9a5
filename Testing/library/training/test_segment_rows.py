"""Segments of a data set beside those of the starting model."""

from __future__ import annotations

from typing import Any

from ugmcl.training.segment_rows import match_segments
from ugmcl.volumes.segment import Segment


def segment(name: str, kind: str = "", side: str = "") -> Segment:
    terminology: dict[str, Any] = {
        "category": {"scheme": "SCT", "value": "123037004", "meaning": "Structure"}
    }
    if kind:
        terminology["type"] = {"scheme": "SCT", "value": kind, "meaning": name}
    if side:
        terminology["type_modifier"] = {"scheme": "SCT", "value": side, "meaning": side}
    return Segment(1, name, (1.0, 0.0, 0.0), terminology if kind else None)


def test_by_name_whatever_its_case() -> None:
    match = match_segments(
        [segment("left"), segment("right"), segment("ear")],
        [segment("Right "), segment("third"), segment("left")],
    )
    assert match.rows == {0: 0, 1: 2, 3: 1}
    assert match.to_json() == {"kept": ["Right ", "left"], "new": ["third"], "dropped": ["ear"]}
    assert match.sentence() == (
        "Segments taken over: Right , left; new, initialised: third; of the model, not used any more: ear"
    )


def test_by_terminology_where_names_differ() -> None:
    known = [segment("Hippocampus L", "3", "L"), segment("Hippocampus R", "3", "R"), segment("liver", "7")]
    wanted = [segment("rechter Hippocampus", "3", "R"), segment("Leber", "7"), segment("spleen", "8")]
    match = match_segments(known, wanted)
    assert match.rows == {0: 0, 1: 2, 2: 3}
    assert match.new == ("spleen",) and match.dropped == ("Hippocampus L",)


def test_a_name_goes_before_a_code_and_doubt_matches_nothing() -> None:
    known = [segment("liver", "7"), segment("lesion", "9")]
    assert match_segments(known, [segment("lesion", "7"), segment("a", "7")]).rows == {0: 0, 1: 2, 2: 1}
    assert match_segments(known, [segment("a", "7"), segment("b", "7")]).kept == ()


def test_slicers_general_tissue_tells_nothing() -> None:
    assert match_segments([segment("a", "85756007")], [segment("b", "85756007")]).kept == ()
    assert match_segments([segment("a")], [segment("b")]).new == ("b",)
