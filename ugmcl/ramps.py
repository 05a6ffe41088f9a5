"""Weights and thresholds that grow during a training (methods reference 1.2)."""

from __future__ import annotations

import math


def squared_ramp(iteration: int, last_iteration: int, step: int = 150) -> float:
    """exp(-5(1 - e/R)²), e = ⌊t/step⌋, R = t_max/step: the ramp of every published code, 0.0067 to 1."""
    end = last_iteration / step
    reached = min(iteration // step, end)
    return math.exp(-5.0 * (1.0 - reached / end) ** 2)


def paper_ramp(iteration: int, last_iteration: int) -> float:
    """exp(-5(1 - t/t_max)): the ramp as the paper prints it, 0.0067 to 1."""
    return math.exp(-5.0 * (1.0 - min(iteration, last_iteration) / last_iteration))


def consistency_ramp(kind: str, iteration: int, last_iteration: int, step: int = 150) -> float:
    """λ(t)/λ_max of equation 7 by the ramp's name: ``"squared"`` or ``"paper"``."""
    if kind == "squared":
        return squared_ramp(iteration, last_iteration, step)
    if kind == "paper":
        return paper_ramp(iteration, last_iteration)
    raise ValueError(f"ramp: {kind!r}, choose squared or paper")


def threshold_ramp(
    iteration: int, last_iteration: int, classes: int, start: float = 0.75, base: str = "ln2"
) -> float:
    """u_th(t) of equation 4: (start + (1 - start)·exp(-5(1 - t/t_max)²)) times ln 2, in nats.

    Args:
        classes: C, read only with ``base="lnC"``, which lets doubt between two of many classes pass.
        start: share of the base at the beginning; it grows to 1.
        base: ``"ln2"`` masks two-way doubt whatever the number of classes.
    """
    if base not in ("ln2", "lnC"):
        raise ValueError(f"mask_base: {base!r}, choose ln2 or lnC")
    grown = math.exp(-5.0 * (1.0 - min(iteration, last_iteration) / last_iteration) ** 2)
    return (start + (1.0 - start) * grown) * math.log(2 if base == "ln2" else classes)
