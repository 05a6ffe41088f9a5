"""One named class of a label, with the colour and the coded terminology that Slicer shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Slicer's seven fields of a terminology entry, in their order; "context"s are plain names, the others coded.
_FIELDS = ("context", "category", "type", "type_modifier", "region_context", "region", "region_modifier")
_CONTEXTS = {
    "context": "Segmentation category and type - DICOM master list",
    "region_context": "Anatomic codes - DICOM master list",
}


@dataclass(frozen=True)
class Segment:
    """A class of a labelmap.

    Attributes:
        value: the label value, 1..254 (0 is background, 255 is ignored).
        name: what the user reads.
        color: red, green, blue in 0..1.
        terminology: coded entries ``{"scheme", "value", "meaning"}`` under ``category``, ``type``,
            ``type_modifier``, ``region``, ``region_modifier`` (those that exist), and the names of the lists
            under ``context`` and ``region_context``; None when unknown.
    """

    value: int
    name: str
    color: tuple[float, float, float]
    terminology: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As the dictionary that model.json and dataset.json hold."""
        result: dict[str, Any] = {"value": self.value, "name": self.name, "color": list(self.color)}
        if self.terminology:
            result["terminology"] = self.terminology
        return result

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Segment:
        """Inverse of `to_json`; a missing colour is chosen by value."""
        value = int(data["value"])
        color = tuple(float(c) for c in data["color"]) if "color" in data else default_color(value)
        terminology = data.get("terminology")
        return cls(
            value,
            str(data["name"]),
            (color[0], color[1], color[2]),
            dict(terminology) if terminology else None,
        )

    def terminology_entry(self) -> str:
        """Slicer's terminology string: seven fields between "~", codes as scheme^value^meaning; or ""."""
        if not self.terminology:
            return ""
        return "~".join(self._field(name) for name in _FIELDS)

    def _field(self, name: str) -> str:
        entry = (self.terminology or {}).get(name)
        if name in _CONTEXTS:
            return clean(entry or _CONTEXTS[name])
        return "^".join(clean((entry or {}).get(key, "")) for key in ("scheme", "value", "meaning"))


def terminology_from_entry(entry: str) -> dict[str, Any] | None:
    """Terminology from Slicer's string, inverse of `Segment.terminology_entry`; None without a code."""
    terminology: dict[str, Any] = {}
    for name, text in zip(_FIELDS, entry.split("~"), strict=False):
        if name in _CONTEXTS:
            if text:
                terminology[name] = text
            continue
        scheme, value, meaning = [*text.split("^"), "", "", ""][:3]
        if scheme or value or meaning:
            terminology[name] = {"scheme": scheme, "value": value, "meaning": meaning}
    return terminology if "category" in terminology or "type" in terminology else None


def default_color(value: int) -> tuple[float, float, float]:
    """A colour for a label value: one of eight that the colour-blind tell apart too (Okabe and Ito)."""
    palette = ("E69F00", "56B4E9", "009E73", "F0E442", "0072B2", "D55E00", "CC79A7", "999999")
    text = palette[(value - 1) % len(palette)]
    red, green, blue = (round(int(text[i : i + 2], 16) / 255, 4) for i in (0, 2, 4))
    return (red, green, blue)


def clean(text: object) -> str:
    """Text without the characters that separate fields in Slicer's strings and header lines."""
    return " ".join(str(text).translate(str.maketrans("~^|", "   ")).split())
