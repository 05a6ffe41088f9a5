"""Batches of two streams, labelled patches first, each batch determined by seed, iteration and rank alone.

Nothing is remembered from one batch to the next: a resumed training and one with other loader processes see
the same patches. Reading is by memory map, so neither time nor memory grows with the number of cases.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ugmcl.batch import Batch
from ugmcl.data.cache import Cache, CachedCase
from ugmcl.data.patches import Patch, PatchMaker, PatchSettings
from ugmcl.data.processes import without_main
from ugmcl.data.streams import LABELLED, UNLABELLED, endless_indices, labelled_indices
from ugmcl.errors import UserError
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.transforms.crop import cut, random_start

PREFETCH = 3  # batches a process makes ahead


class BatchSource(TorchDataset[Batch]):
    """Batch ``t`` by index.

    Args:
        cache: the prepared data set.
        settings: the training's settings, or any object with the names that `PatchSettings` reads and
            ``seed``, ``labelled_batch``, ``unlabelled_batch``.
        rank: of this process.
        world: number of processes that train together; each gets its own patches.

    Raises:
        UserError: there is no labelled case.
    """

    def __init__(self, cache: Cache, settings: Any, *, rank: int = 0, world: int = 1) -> None:
        self.maker = PatchMaker(cache, PatchSettings.of(settings))
        self.seed = int(settings.seed)
        self.rank, self.world = rank, world
        self.labelled = cache.with_role("labelled")
        self.unlabelled = cache.with_role("unlabelled")
        if not self.labelled:
            raise UserError(
                "there is no labelled case to train on",
                cache.name,
                "Give at least one case the role labelled",
            )
        self.labelled_batch = int(settings.labelled_batch)
        self.unlabelled_batch = int(settings.unlabelled_batch) if self.unlabelled else 0

    def __getitem__(self, t: int) -> Batch:
        """The batch of iteration ``t`` (0, 1, …) of this rank, ready for the training step."""
        labelled, unlabelled = self.cases(t)
        pairs = [(case, True) for case in labelled] + [(case, False) for case in unlabelled]
        patches = []
        for slot, (case, with_label) in enumerate(pairs):
            stream = LABELLED if with_label else UNLABELLED
            random = np.random.default_rng((self.seed, t, self.rank, stream, slot))
            patches.append(self.maker.draw(case, with_label, random))
        with_labels = patches[: len(labelled)]
        return Batch(
            image=_stacked([patch.image for patch in patches], np.float32),
            label=_stacked([_given(patch.label) for patch in with_labels], np.int64),
            distance=_stacked([_given(patch.distance) for patch in with_labels], np.float32),
            distance_known=_stacked([_given(patch.known) for patch in with_labels], np.bool_),
            labelled=len(labelled),
            iteration=t,
            cases=tuple(case.id for case, _ in pairs),
        )

    def cases(self, t: int) -> tuple[list[CachedCase], list[CachedCase]]:
        """Labelled and unlabelled cases of this rank's batch ``t``."""
        count = self.labelled_batch
        places = labelled_indices(len(self.labelled), count * self.world, t, self.seed)
        labelled = [self.labelled[place] for place in places[self.rank * count : (self.rank + 1) * count]]
        count = self.unlabelled_batch
        if not count:
            return labelled, []
        first = (t * self.world + self.rank) * count
        places = endless_indices(len(self.unlabelled), first, count, self.seed, UNLABELLED)
        return labelled, [self.unlabelled[place] for place in places]


def batch_loader(
    source: BatchSource, start: int, stop: int, processes: int, reporter: Reporter = SILENT
) -> Iterator[Batch]:
    """The batches ``start`` to ``stop`` - 1 in order, made ahead by other processes.

    Args:
        source: of the batches.
        start, stop: iterations.
        processes: how many besides this one; 0 makes every batch when it is asked for. Where processes cannot
            be started or die, this one goes on alone and says so: the batches are the same.
        reporter: told about that; without one it is a warning.
    """
    done = start
    if processes > 0:
        try:
            loader = DataLoader(
                source,
                batch_size=None,
                sampler=range(start, stop),
                num_workers=processes,
                prefetch_factor=PREFETCH,
                collate_fn=_as_it_is,
            )
            with without_main():
                made = iter(loader)
            for batch in made:
                yield batch
                done += 1
        except (
            RuntimeError,
            OSError,
            UserError,
        ) as error:  # an error of the data returns below, in plain form
            reason = str(error).partition("\n")[0]
            text = f"batches are now made by the training's own process, which is slower ({reason})"
            if reporter is SILENT:
                warnings.warn(text, RuntimeWarning, stacklevel=2)
            reporter.message(text, "warning")
    for t in range(done, stop):
        yield source[t]


def inference_patches(
    cache: Cache, roles: Sequence[str], patch: Sequence[int], count: int, seed: int
) -> Iterator[np.ndarray]:
    """Plain patches (N, z, y, x) float32 of the cases of these roles, in turn, for running statistics.

    Args:
        cache: the prepared data set.
        roles: of the cases.
        patch: size x, y, z.
        count: how many patches.
        seed: of order and places.
    """
    cases = cache.with_role(*roles)
    if not cases:
        return
    x, y, z = patch
    for number, place in enumerate(endless_indices(len(cases), 0, count, seed, UNLABELLED)):
        random = np.random.default_rng((seed, number))
        start = random_start(cases[place].shape_zyx, (z, y, x), random)
        yield cut(cache.image(cases[place].id), start, (z, y, x), dtype=np.float32)


def _stacked(arrays: Sequence[np.ndarray], dtype: Any) -> torch.Tensor:
    """One tensor (B, ...) of this type; views are copied once."""
    result = np.empty((len(arrays), *arrays[0].shape), dtype=dtype)
    for target, array in zip(result, arrays, strict=True):
        target[...] = array
    return torch.from_numpy(result)


def _given(array: np.ndarray | None) -> np.ndarray:
    assert array is not None
    return array


def _as_it_is(batch: Any) -> Any:
    return batch


__all__ = ["BatchSource", "Patch", "batch_loader", "inference_patches"]
