"""Keeps the message boxes of `slicer.util` (error, warning, information) that testing mode does not show."""

from __future__ import annotations

import logging
from typing import Any

import slicer.util


class MessageLog:
    """Wraps the one function behind them all."""

    def __init__(self) -> None:
        self._messages: list[tuple[str, str]] = []
        self._display = slicer.util._messageDisplay
        slicer.util._messageDisplay = self.display

    def display(self, level: int, text: str, *arguments: Any, **settings: Any) -> Any:
        """Remember, then do as Slicer does."""
        self._messages.append((logging.getLevelName(level).lower(), text))
        return self._display(level, text, *arguments, **settings)

    def drain(self) -> list[tuple[str, str]]:
        """The messages since the last call."""
        messages, self._messages = self._messages, []
        return messages
