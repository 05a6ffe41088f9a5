"""Which segment of the reference is which of the result: by name, then by terminology; never by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pair:
    """Two segments that mean the same.

    Attributes:
        name: of the result's segment.
        result_id, reference_id: segment IDs.
        matched_by: "name", "terminology" or "only one each".
    """

    name: str
    result_id: str
    reference_id: str
    matched_by: str


@dataclass(frozen=True)
class Matching:
    """Pairs, and the names of segments that have no partner."""

    pairs: tuple[Pair, ...]
    only_result: tuple[str, ...]
    only_reference: tuple[str, ...]


def match_segments(result: Any, reference: Any) -> Matching:
    """Pair the segments of two segmentation nodes."""
    free = dict(_described(reference))
    left: list[tuple[str, tuple[str, str]]] = []
    pairs: list[Pair] = []
    mine = list(_described(result))
    for place, way in ((0, "name"), (1, "terminology")):
        left = []
        for segment_id, words in mine:
            partner = next(
                (i for i, other in free.items() if words[place] and other[place] == words[place]), None
            )
            if partner is None:
                left.append((segment_id, words))
                continue
            free.pop(partner)
            pairs.append(Pair(_name(result, segment_id), segment_id, partner, way))
        mine = left
    if len(left) == len(free) == 1 and not pairs:  # one segment each: there is nothing to mistake
        (segment_id, _words), (partner, _other) = left[0], next(iter(free.items()))
        return Matching((Pair(_name(result, segment_id), segment_id, partner, "only one each"),), (), ())
    return Matching(
        tuple(pairs),
        tuple(_name(result, segment_id) for segment_id, _words in left),
        tuple(_name(reference, segment_id) for segment_id in free),
    )


def _described(node: Any) -> list[tuple[str, tuple[str, str]]]:
    """ID, and name and codes (without their meanings in words) of every segment."""
    segmentation = node.GetSegmentation()
    found = []
    for index in range(segmentation.GetNumberOfSegments()):
        segment = segmentation.GetNthSegment(index)
        found.append(
            (segmentation.GetNthSegmentID(index), (segment.GetName().strip().casefold(), _codes(segment)))
        )
    return found


def _codes(segment: Any) -> str:
    """Scheme and value of category, type and modifier; "" for what Slicer gives to every new segment."""
    fields = segment.GetTerminology().split("~")[1:4] if segment.HasTerminology() else []
    codes = ["^".join(field.split("^")[:2]) for field in fields]
    return "" if codes[:2] == ["SCT^85756007", "SCT^85756007"] else "~".join(codes)


def _name(node: Any, segment_id: str) -> str:
    return str(node.GetSegmentation().GetSegment(segment_id).GetName())
