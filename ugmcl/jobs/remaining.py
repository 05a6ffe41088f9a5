"""How long it will still take."""

from __future__ import annotations

import time
from collections import deque

_WINDOW_SECONDS = 120.0  # the rate is that of the last two minutes


class RemainingTime:
    """Estimates the remaining seconds from what was done lately."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()
        self._total = 0.0

    def update(self, done: float, total: float, now: float | None = None) -> float | None:
        """Seconds until ``total``; None until a rate is known. ``now`` in seconds of any clock."""
        now = time.monotonic() if now is None else now
        if total != self._total or (self._seen and done < self._seen[-1][1]):
            self._seen.clear()  # another stage began
        self._total = total
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - _WINDOW_SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        if done >= total:
            return 0.0
        if now <= began or done <= before:
            return None
        return (total - done) * (now - began) / (done - before)
