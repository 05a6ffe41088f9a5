"""Which case comes when: two endless streams, each fixed by the seed alone, without any state to store.

Labelled cases come in epochs of whole batches, as in the published sampler: a permutation, its incomplete
last batch dropped. Unlabelled cases come in one permutation after the other.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

LABELLED, UNLABELLED = 0, 1  # also the streams' places in seeds


def labelled_indices(cases: int, batch: int, t: int, seed: int) -> list[int]:
    """Places of the labelled cases of iteration ``t``; ``batch`` counts the patches of all ranks together.

    With fewer cases than patches permutations follow each other without a gap.
    """
    per_epoch = cases // batch
    if per_epoch == 0:
        return endless_indices(cases, t * batch, batch, seed, LABELLED)
    epoch, place = divmod(t, per_epoch)
    order = permutation(cases, seed, LABELLED, epoch)
    return [order[place * batch + k] for k in range(batch)]


def endless_indices(cases: int, first: int, count: int, seed: int, stream: int) -> list[int]:
    """``count`` places from position ``first`` of the permutations laid end to end."""
    result = []
    for position in range(first, first + count):
        epoch, place = divmod(position, cases)
        result.append(permutation(cases, seed, stream, epoch)[place])
    return result


@lru_cache(maxsize=16)
def permutation(cases: int, seed: int, stream: int, epoch: int) -> tuple[int, ...]:
    """The order of one epoch."""
    order = np.random.default_rng((seed, stream, epoch)).permutation(cases)
    return tuple(int(place) for place in order)
