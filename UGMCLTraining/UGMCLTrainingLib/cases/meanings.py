"""What the values of a label file mean in this project: by what the user said, by name, by code, by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slicer.i18n import tr as _

from ugmcl.data.label_values import IGNORE
from ugmcl.volumes.segment import Segment, default_color
from UGMCLTrainingLib.cases.project_case import LabelEntry

IGNORED, BACKGROUND, SEGMENT = "ignore", "background", "segment "  # what an entry can be told to mean
_CODES = ("type", "type_modifier", "region", "region_modifier")
_SAYS_NOTHING = {("SCT", "85756007"), ("SRT", "T-D0050")}  # "Tissue"


@dataclass(frozen=True)
class Meaning:
    """What one entry means.

    Attributes:
        entry: of the file.
        target: IGNORED, BACKGROUND, SEGMENT and a segment's name; "" while nobody knows.
        how: "told", "name", "code" or "value"; "" likewise.
    """

    entry: LabelEntry
    target: str
    how: str


def key_of(entry: LabelEntry) -> str:
    """Under which the user's word about an entry is remembered: all files of the project speak alike."""
    return f"name {_plain(entry.name)}" if entry.name else f"value {entry.value}"


def meanings_of(
    entries: Sequence[LabelEntry], segments: Sequence[Segment], told: Mapping[str, str]
) -> list[Meaning]:
    """What each entry means, as far as it is known.

    Args:
        entries: of a file.
        segments: the project's.
        told: by `key_of`, what the user said.
    """
    names = {segment.name for segment in segments}
    found = []
    for entry in entries:
        target = told.get(key_of(entry), "")
        if target.startswith(SEGMENT) and target[len(SEGMENT) :] not in names:
            target = ""
        if target:
            found.append(Meaning(entry, target, "told"))
            continue
        match, how = _match(entry, segments)
        found.append(Meaning(entry, "" if match is None else SEGMENT + match.name, how))
    return found


def table_of(meanings: Sequence[Meaning], segments: Sequence[Segment]) -> dict[int, int] | None:
    """Value in the file and value in the project (0 background, 255 ignored); None while one is unknown."""
    values = {SEGMENT + segment.name: segment.value for segment in segments}
    values |= {IGNORED: IGNORE, BACKGROUND: 0}
    if any(meaning.target not in values for meaning in meanings):
        return None
    return {meaning.entry.value: values[meaning.target] for meaning in meanings}


def with_new(segments: Sequence[Segment], name: str, like: LabelEntry | None = None) -> tuple[Segment, ...]:
    """The segments and one more, with the next free value and the codes of the file's entry."""
    used = {segment.value for segment in segments}
    value = next(number for number in range(1, IGNORE) if number not in used)
    terminology = like.terminology if like is not None else None
    return (*segments, Segment(value, name.strip(), default_color(value), terminology))


def words_of(entry: LabelEntry) -> str:
    """An entry as the user reads it."""
    if not entry.name:
        return _("value {value}").format(value=entry.value)
    return _("value {value} “{name}”").format(value=entry.value, name=entry.name)


def against_model(
    segments: Sequence[Segment], model: Sequence[Segment]
) -> tuple[list[Segment], list[Segment]]:
    """Segments that the model does not know, and segments of the model that the project has not.

    The training matches the rows of the network's head the same way: by name, else by code.
    """
    new = [s for s in segments if _match(LabelEntry(s.value, s.name, s.terminology), model)[0] is None]
    lost = [s for s in model if _match(LabelEntry(s.value, s.name, s.terminology), segments)[0] is None]
    return new, lost


def _match(entry: LabelEntry, segments: Sequence[Segment]) -> tuple[Segment | None, str]:
    if not entry.name:
        match = next((segment for segment in segments if segment.value == entry.value), None)
        return match, "value" if match else ""
    alike = [segment for segment in segments if _plain(segment.name) == _plain(entry.name)]
    if alike:
        return alike[0], "name"
    code = _code(entry.terminology)
    alike = [segment for segment in segments if code is not None and _code(segment.terminology) == code]
    return (alike[0], "code") if len(alike) == 1 else (None, "")


def _code(terminology: Mapping[str, object] | None) -> tuple[object, ...] | None:
    """Codes of type and region with their modifiers; None without a type that tells one from another."""
    if not terminology:
        return None
    codes = []
    for name in _CODES:
        entry = terminology.get(name)
        codes.append((entry["scheme"], entry["value"]) if isinstance(entry, Mapping) else None)
    return None if codes[0] is None or (codes[0] in _SAYS_NOTHING and codes[2] is None) else tuple(codes)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
