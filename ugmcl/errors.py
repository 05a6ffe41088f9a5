"""Errors of the user's making, and the orderly end on request."""

from __future__ import annotations


class UserError(Exception):
    """Bad input or usage: one line that says what is wrong, where, and what to do.

    Args:
        what: the fault, in words the user knows.
        where: the file, folder, case or setting it concerns.
        remedy: what to do about it, an imperative sentence.
    """

    def __init__(self, what: str, where: object = None, remedy: str = "") -> None:
        self.what = _one_line(what)
        self.where = "" if where is None else _one_line(str(where))
        self.remedy = _one_line(remedy)
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        text = text.rstrip(".") + "."
        return f"{text} {self.remedy.rstrip('.')}." if self.remedy else text


class Stopped(Exception):
    """Work ended by wish before its end; ``reason``: cancelled, time limit or paused; resumable."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def _one_line(text: str) -> str:
    return " ".join(text.split())
