"""The order in which to label, as the project keeps it: read back without the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.jobs.json_files import read_json, write_json

FOLDER, RECORD, ROUNDS = "ranking", "ranking.json", "rounds.json"  # in the project


@dataclass(frozen=True)
class Place:
    """A case in its place.

    Attributes:
        case: its id; rank from 1.
        score: what the strategy ranks by, None for a random draw.
        confidence: mean pairwise Dice of the passes, 0..1; None where nothing was found in the case.
        reason: in a user's words; alike: id of a case that this one much resembles, or "".
    """

    case: str
    rank: int
    score: float | None
    confidence: float | None
    reason: str
    alike: str


@dataclass(frozen=True)
class Order:
    """Places from the first on, the model and the strategy that made them, and unreadable cases."""

    model: str
    strategy: str
    places: tuple[Place, ...]
    failed: dict[str, str]


def order_of(record: dict[str, Any]) -> Order:
    """From what the job returns and the project's file holds."""
    scores = record.get("scores") or {}
    places = tuple(
        Place(
            str(entry["case"]),
            int(entry["rank"]),
            entry.get("score"),
            (scores.get(entry["case"]) or {}).get("confidence"),
            str(entry.get("reason") or ""),
            str(entry.get("alike") or ""),
        )
        for entry in record.get("cases") or []
    )
    return Order(
        str(record.get("model")), str(record.get("strategy")), places, dict(record.get("failed") or {})
    )


def kept_order(project_folder: Path) -> Order | None:
    """The project's last ranking; None where there is none, or it cannot be read."""
    record = read_json(project_folder / FOLDER / RECORD)
    return None if record is None or "cases" not in record else order_of(record)


def labelling_rounds(project_folder: Path) -> int:
    """How often labels came back so far."""
    return int((read_json(project_folder / FOLDER / ROUNDS) or {}).get("rounds") or 0)


def count_labelling_round(project_folder: Path) -> None:
    """Labels came back: the next ranking is of the next round."""
    (project_folder / FOLDER).mkdir(exist_ok=True)
    write_json(project_folder / FOLDER / ROUNDS, {"rounds": labelling_rounds(project_folder) + 1})


def strategies() -> list[tuple[str, str]]:
    """Names with a line for each."""
    return [
        ("class_power", _("doubt, every structure in turn (recommended)")),
        ("fg_random", _("drawn by lot around the structures")),
        ("most_uncertain", _("the largest doubt first")),
    ]


def score_words(place: Place) -> str:
    """The score as the table shows it."""
    return "–" if place.score is None else f"{place.score:.2f}"


def confidence_words(confidence: float | None) -> str:
    """Mean pairwise Dice of the passes as the table shows it."""
    return "–" if confidence is None else f"{confidence:.2f}"
