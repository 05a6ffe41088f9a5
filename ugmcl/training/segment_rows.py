"""Which segments of a data set a starting model knows: its heads' rows are taken over."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from ugmcl.volumes.segment import Segment

# what Slicer gives every segment that nobody has named further; it says nothing about which one it is
_GENERAL = {("SCT", "85756007"), ("SRT", "T-D0050"), ("SCT", "123037004")}


@dataclass(frozen=True)
class SegmentMatch:
    """Segments of a data set beside those of a model.

    Attributes:
        rows: class in the new network to class in the model; background is 0 in both.
        kept: names of the segments that both have, as the data set calls them.
        new: names of those that only the data set has.
        dropped: names of those that only the model has.
    """

    rows: dict[int, int]
    kept: tuple[str, ...]
    new: tuple[str, ...]
    dropped: tuple[str, ...]

    def to_json(self) -> dict[str, list[str]]:
        """For the panel: ``kept``, ``new``, ``dropped``."""
        return {"kept": list(self.kept), "new": list(self.new), "dropped": list(self.dropped)}

    def sentence(self) -> str:
        """One line for the user."""
        parts = [f"Segments taken over: {', '.join(self.kept) or 'none'}"]
        if self.new:
            parts.append(f"new, initialised: {', '.join(self.new)}")
        if self.dropped:
            parts.append(f"of the model, not used any more: {', '.join(self.dropped)}")
        return "; ".join(parts)


def match_segments(known: Sequence[Segment], wanted: Sequence[Segment]) -> SegmentMatch:
    """Match by name, whatever its case; those left over by an equal terminology code, where one fits only.

    Args:
        known: the model's segments; the i-th is class i + 1.
        wanted: the data set's, likewise.
    """
    found = _pairs(known, wanted, _name, {})
    found |= _pairs(known, wanted, _code, found)
    rows = {0: 0, **{mine + 1: its + 1 for mine, its in sorted(found.items())}}
    return SegmentMatch(
        rows,
        tuple(s.name for i, s in enumerate(wanted) if i in found),
        tuple(s.name for i, s in enumerate(wanted) if i not in found),
        tuple(s.name for i, s in enumerate(known) if i not in found.values()),
    )


def _pairs(
    known: Sequence[Segment],
    wanted: Sequence[Segment],
    key: Callable[[Segment], Hashable | None],
    matched: dict[int, int],
) -> dict[int, int]:
    """Places in ``wanted`` to places in ``known`` of equal keys; a key that several have matches none."""
    mine = _by_key([(i, key(s)) for i, s in enumerate(wanted) if i not in matched])
    its = _by_key([(i, key(s)) for i, s in enumerate(known) if i not in matched.values()])
    return {place: its[word] for word, place in mine.items() if word in its}


def _by_key(places: Sequence[tuple[int, Hashable | None]]) -> dict[Hashable, int]:
    keys = [word for _, word in places]
    return {word: place for place, word in places if word is not None and keys.count(word) == 1}


def _name(segment: Segment) -> Hashable | None:
    return segment.name.strip().casefold() or None


def _code(segment: Segment) -> Hashable | None:
    """Codes of type and region with their modifiers (left, right); None without a telling type."""
    terminology = segment.terminology or {}
    codes = tuple(_coded(terminology.get(n)) for n in ("type", "type_modifier", "region", "region_modifier"))
    return None if codes[0] == ("", "") or codes[0] in _GENERAL else codes


def _coded(entry: Any) -> tuple[str, str]:
    if not isinstance(entry, dict):
        return ("", "")
    return (str(entry.get("scheme") or ""), str(entry.get("value") or ""))
