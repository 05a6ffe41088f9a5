"""Budgets: how many iterations fit into the time that a user wants to give, on this very computer.

A budget changes iterations only; the patch is planned from the data as always. Its time is a wish: where the
least sensible number of iterations takes longer, the estimate says so.
"""

from __future__ import annotations

from dataclasses import dataclass

ROUND_TO = 50


@dataclass(frozen=True)
class Budget:
    """A choice of the panel.

    Attributes:
        name: quick, standard or thorough.
        minutes: of steps that it aims at.
        least, most: iterations, whatever the time.
    """

    name: str
    minutes: float
    least: int
    most: int

    def iterations(self, seconds_per_iteration: float) -> int:
        """That fit into the time, within the bounds, rounded to 50."""
        wanted = 60.0 * self.minutes / max(seconds_per_iteration, 1e-9)
        bounded = min(max(wanted, self.least), self.most)
        return max(ROUND_TO, round(bounded / ROUND_TO) * ROUND_TO)


BUDGETS = {
    budget.name: budget
    for budget in (
        Budget("quick", 10.0, 200, 1500),
        Budget("standard", 60.0, 1000, 6000),
        Budget("thorough", 360.0, 3000, 20_000),
    )
}
