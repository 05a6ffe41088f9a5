"""What a run warns of, in plain words; no Qt, VTK or MRML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"\d+(\.\d+)?")
MOST_SHOWN = 5
WORSE = {"alarm": "critical", "warning": "warning"}  # icons


@dataclass(frozen=True)
class Alarm:
    """``level`` is warning or alarm; ``at`` is when, seconds since 1970."""

    text: str
    level: str
    at: float


class Alarms:
    """The newest of every kind: an alarm that is repeated with other numbers takes its earlier place."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Alarm] = {}

    def take(self, event: Mapping[str, Any]) -> None:
        """Look at one event of a run."""
        level = str(event.get("level", ""))
        if event.get("kind") != "message" or level not in WORSE:
            return
        text = str(event.get("text", ""))
        kind = _NUMBER.sub("#", text)
        self._by_kind.pop(kind, None)
        self._by_kind[kind] = Alarm(text, level, float(event.get("t") or 0.0))

    def shown(self) -> list[Alarm]:
        """The newest ones, the worse first."""
        newest = sorted(self._by_kind.values(), key=lambda alarm: alarm.at, reverse=True)
        return sorted(newest, key=lambda alarm: alarm.level != "alarm")[:MOST_SHOWN]

    def icon(self) -> str:
        """Of the worst one; "" where there is none."""
        levels = {alarm.level for alarm in self._by_kind.values()}
        return WORSE["alarm"] if "alarm" in levels else WORSE["warning"] if levels else ""
