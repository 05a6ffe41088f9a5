"""The training's settings as their schema describes them: names, kinds, bounds, the paper's values."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ugmcl

FOLDER = Path(ugmcl.__file__).parent / "training"
FIRST = (  # what a user may want to change, in this order; the rest is under "more"
    "method", "iterations", "patch", "labelled_batch", "unlabelled_batch", "passes", "beta", "intra_weight",
    "cross_weight", "threshold_start", "learning_rate", "start_learning_rate", "start_share",
    "precision",
)  # fmt: skip
LETTERS = {"passes": "T", "beta": "β", "intra_weight": "λ_i", "cross_weight": "λ_c"}
ELSEWHERE = ("device", "preview_every", "model_name")  # have a control of their own in the panel


@dataclass(frozen=True)
class Field:
    """One setting.

    Attributes:
        name: as in the settings file.
        description: what it is, with unit and the paper's value.
        kind: "number", "choice", "yes/no" or "text" (lists and values that may be a word).
        whole: a number without fraction.
        least, most: bounds of a number, None where there is none; ``above`` says that ``least`` is excluded.
        choices: of a choice.
    """

    name: str
    description: str
    kind: str
    whole: bool = False
    least: float | None = None
    most: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """For people; with the paper's letter where there is one."""
        words = self.name.replace("_", " ")
        return f"{words} ({LETTERS[self.name]})" if self.name in LETTERS else words

    def tool_tip(self) -> str:
        """Description and bounds."""
        bounds = []
        if self.least is not None:
            bounds.append(f"{'>' if self.above else '≥'} {self.least:g}")
        if self.most is not None:
            bounds.append(f"≤ {self.most:g}")
        return self.description + (f" ({', '.join(bounds)})" if bounds else "")


@cache
def fields() -> tuple[Field, ...]:
    """All settings, the most asked for first."""
    schema = json.loads((FOLDER / "settings.schema.json").read_text(encoding="utf-8"))
    found = {name: _field(name, entry) for name, entry in schema["properties"].items()}
    order = [*FIRST, *(name for name in found if name not in FIRST)]
    return tuple(found[name] for name in order if name in found and name not in ELSEWHERE)


@cache
def presets() -> tuple[str, ...]:
    """Names of the presets; the default one first."""
    names = sorted(path.stem for path in (FOLDER / "presets").glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != "fine-tune"))


@cache
def preset_values(preset: str) -> dict[str, Any]:
    """Every setting's value under a preset: its own, else the default."""
    schema = json.loads((FOLDER / "settings.schema.json").read_text(encoding="utf-8"))
    values = {name: entry.get("default") for name, entry in schema["properties"].items()}
    file = FOLDER / "presets" / f"{preset}.toml"
    return {**values, **(tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {})}


def value_words(value: Any) -> str:
    """A value as one types it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(value_words(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def parse(field: Field, text: str) -> Any:
    """What was typed, as the settings take it; words stay words, and the job says what is wrong with them."""
    text = text.strip()
    if field.kind == "yes/no":
        return text == "true"
    if text == "none":
        return None
    parts = [_number(part) for part in text.split(",") if part.strip()]
    if field.kind == "text" and ("," in text or text == ""):
        return parts
    return parts[0] if parts else ""


def _number(text: str) -> Any:
    text = text.strip()
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _field(name: str, entry: dict[str, Any]) -> Field:
    description = str(entry.get("description") or "")
    kinds = [entry, *entry.get("anyOf", [])]
    choices = next((tuple(kind["enum"]) for kind in kinds if "enum" in kind), ())
    simple = {kind.get("type") for kind in kinds} - {None, "null"}
    if choices and simple == {"string"}:
        return Field(name, description, "choice", choices=choices)
    if simple == {"boolean"}:
        return Field(name, description, "yes/no")
    if simple and simple <= {"integer", "number"}:
        kind = next(kind for kind in kinds if kind.get("type") in ("integer", "number"))
        above = "exclusiveMinimum" in kind
        least = kind.get("exclusiveMinimum", kind.get("minimum"))
        most = kind.get("maximum", kind.get("exclusiveMaximum"))
        nullable = any(kind.get("type") == "null" for kind in kinds)
        return Field(
            name, description, "text" if nullable else "number", simple == {"integer"}, least, most, above
        )
    return Field(name, description, "text")
