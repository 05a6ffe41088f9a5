"""`outcome.json` as the report shows it: tables, chart, pictures; cases by number, never by name."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MODELS = {"before": "starting model", "after": "new model", "control": "control"}
TONES = {"better": "good", "worse": "bad"}  # every other verdict is a doubt
HEADLINES = {
    "better": "The new model is better",
    "worse": "The new model is worse",
    "not better": "The new model is not better",
    "too few": "Too few cases to tell",
    "cannot compare": "No comparison",
}
CHART_WIDTH, LABEL_WIDTH, ROW_HEIGHT = 720.0, 64.0, 24.0
ALL = "all segments"


def outcome_view(folder: Path) -> dict[str, Any] | None:
    """What the template shows of ``outcome.json``; None where the run was not concluded yet."""
    try:
        found = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
        return _view(folder, found)
    except (OSError, ValueError, KeyError, TypeError):  # not there, or of another version
        return None


def _view(folder: Path, found: Mapping[str, Any]) -> dict[str, Any]:
    models = [word for word in MODELS if any(row[word] is not None for row in found["rows"])]
    return {
        **{key: found[key] for key in ("verdict", "sentence", "role", "cases", "calibrated", "control")},
        "headline": HEADLINES.get(found["verdict"], found["verdict"]),
        "detail": _after_colon(found["sentence"]),
        "tone": TONES.get(found["verdict"], "doubt"),
        "warnings": [text for text in found["warnings"] if text != found["sentence"]],
        "uncalibrated": found["uncalibrated"],
        "seen_by_choice": found["seen_by_choice"],
        "measured_on": found["measured_on"],
        "models": {word: MODELS[word] for word in models},
        "segments": found["segments"],
        "tables": [table for pair in _PAIRS for table in [_table(found, pair)] if table["rows"]],
        "means": _means(found, models),
        "case_rows": _case_rows(found, models),
        "chart": _chart(found["rows"], models),
        "pictures": [
            picture
            for word in ("best", "worst")
            for picture in [_picture(folder, found[word], word)]
            if picture is not None
        ],
    }


def _after_colon(sentence: str) -> str:
    """The sentence without what the headline says already."""
    rest = sentence.partition(": ")[2] or sentence
    return rest[:1].upper() + rest[1:]


_PAIRS = ("after-before", "after-control", "control-before")


def _table(found: Mapping[str, Any], pair: str) -> dict[str, Any]:
    """Paired rows, those over all segments first."""
    second, first = pair.split("-")
    rows = [row for row in found["paired"] if row["pair"] == pair and row["metric"] == "dice"]
    rows.sort(key=lambda row: row["segment"] != ALL)
    shown = [
        {
            "segment": row["segment"],
            "main": row["segment"] == ALL or len(rows) == 1,
            "n": row["n"],
            "first": f"{row['first']:.3f}",
            "second": f"{row['second']:.3f}",
            "difference": signed(row["difference"]),
            "tone": _tone(row["low"], row["high"]),
            "interval": f"{signed(row['low'])} to {signed(row['high'])}",
            "p": p_text(row["p_wilcoxon"]),
            "holm": p_text(row["p_holm"]),
        }
        for row in rows
    ]
    return {"pair": pair, "first": MODELS[first], "second": MODELS[second], "rows": shown}


def signed(value: float) -> str:
    """With its sign (a true minus) and three decimals."""
    return f"{value:+.3f}".replace("-", "\u2212")


def p_text(p: float | None) -> str:
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _tone(low: float, high: float) -> str:
    return "good" if low > 0 else "bad" if high < 0 else ""


def _means(found: Mapping[str, Any], models: Sequence[str]) -> list[dict[str, Any]]:
    """A row a segment: mean ± SD of each model."""
    rows: dict[str, dict[str, Any]] = {}
    for word in models:
        for row in found["means"].get(word, ()):
            spread = "" if row["sd"] is None else f" ± {row['sd']:.3f}"
            text = "–" if row["mean"] is None else f"{row['mean']:.3f}{spread}"
            entry = rows.setdefault(
                row["segment"], {"segment": row["segment"], "main": row["segment"] == ALL}
            )
            entry[word] = text
    ordered = sorted(rows.values(), key=lambda row: not row["main"])
    return [{**dict.fromkeys(models, "–"), **row} for row in ordered]


def _case_rows(found: Mapping[str, Any], models: Sequence[str]) -> list[dict[str, Any]]:
    """A row a case: cells by segment and model, and the mean change."""
    shown = []
    for number in dict.fromkeys(row["number"] for row in found["rows"]):
        mine = {row["segment"]: row for row in found["rows"] if row["number"] == number}
        cells = [
            {"text": "–" if value is None else f"{value:.3f}", "model": word}
            for segment in found["segments"]
            for word in models
            for value in [mine.get(segment, {}).get(word)]
        ]
        gain = _gain(mine.values())
        change = {"text": "–", "tone": ""}
        if gain is not None:
            change = {"text": signed(gain), "tone": "good" if gain > 0 else "bad" if gain < 0 else ""}
        shown.append({"number": number, "cells": cells, "change": change})
    return shown


def _gain(rows: Any) -> float | None:
    pairs = [(r["before"], r["after"]) for r in rows if r["before"] is not None and r["after"] is not None]
    return sum(after - before for before, after in pairs) / len(pairs) if pairs else None


def _chart(rows: Sequence[Mapping[str, Any]], models: Sequence[str]) -> dict[str, Any] | None:
    """Mean Dice of every case as a dot a model, before and after joined; coordinates of an SVG."""
    if len(models) < 2 or "before" not in models:
        return None
    cases = []
    for number in dict.fromkeys(row["number"] for row in rows):
        mine = [r for r in rows if r["number"] == number and None not in (r["before"], r["after"])]
        if mine:
            values = {word: [r[word] for r in mine if r[word] is not None] for word in models}
            cases.append((number, {word: sum(v) / len(v) for word, v in values.items() if v}))
    if not cases:
        return None
    lowest = min(value for _, means in cases for value in means.values())
    step = 0.1 if lowest < 0.75 else 0.05
    low = max(0.0, step * int(lowest / step - 0.2))
    width = CHART_WIDTH - LABEL_WIDTH - 16

    def x(value: float) -> float:
        return round(LABEL_WIDTH + width * (value - low) / (1.0 - low), 1)

    ticks = [low + step * k for k in range(round((1.0 - low) / step) + 1)]
    bottom = 12 + ROW_HEIGHT * len(cases)
    return {
        "width": CHART_WIDTH,
        "height": bottom + 42,
        "bottom": bottom,
        "ticks": [{"x": x(tick), "text": f"{tick:.2f}".removesuffix("0")} for tick in ticks],
        "cases": [
            {
                "number": number,
                "y": round(12 + ROW_HEIGHT * (place + 0.5), 1),
                "tone": "good" if means["after"] >= means["before"] else "bad",
                "dots": {word: x(value) for word, value in means.items()},
                "text": ", ".join(f"{MODELS[word]} {value:.3f}" for word, value in means.items()),
            }
            for place, (number, means) in enumerate(cases)
        ],
    }


def _picture(folder: Path, end: Mapping[str, Any] | None, word: str) -> dict[str, str] | None:
    if end is None or not end.get("picture"):
        return None
    file = folder / "outcome" / Path(end["picture"]).name  # never a path that leaves the run
    if not file.is_file():
        return None
    caption = f"Case {end['number']}: Dice {end['after']:.3f}"
    title = "Best case" if word == "best" else "Worst case"
    if end["before"] is not None:
        gain = end["after"] - end["before"]
        caption += f", with the starting model {end['before']:.3f} ({signed(gain)})"
        title = "Largest gain" if word == "best" else "Largest loss" if gain < 0 else "Smallest gain"
    return {"title": title, "caption": caption, "data": base64.b64encode(file.read_bytes()).decode("ascii")}
