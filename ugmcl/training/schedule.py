"""Course of the learning rate over the iterations (methods reference 1.2, 4.1, 8)."""

from __future__ import annotations

import math

from ugmcl.training.settings import TrainingSettings

POLY_POWER = 0.9  # as SSL4MIS and nnU-Net


def learning_rate_factor(settings: TrainingSettings, iteration: int) -> float:
    """Factor of the peak learning rate at ``iteration`` (counted from 0).

    During the first ``warmup`` iterations it grows linearly; the course after it starts where warm-up ends,
    except for ``step``, whose steps are counted from iteration 0.
    """
    if iteration < settings.warmup:
        return (iteration + 1) / (settings.warmup + 1)
    if settings.schedule == "constant":
        return 1.0
    if settings.schedule == "step":
        return settings.schedule_factor ** (iteration // settings.schedule_step)
    done = (iteration - settings.warmup) / max(1, settings.iterations - settings.warmup)
    if settings.schedule == "poly":
        return (1.0 - done) ** POLY_POWER
    return 0.5 * (1.0 + math.cos(math.pi * done))
