"""All passes over one image: the whole volume in one go, or tile by tile."""

from __future__ import annotations

import torch
from torch import Tensor

from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.segmentation.accumulate import PassSums
from ugmcl.segmentation.passes import PassRunner
from ugmcl.segmentation.tiles import TilePlan


def sweep_whole(
    runner: PassRunner, image: Tensor, classes: int, *, disagreement: bool, reporter: Reporter = SILENT
) -> PassSums:
    """Every pass over the whole of ``image`` (N, z, y, x); the encoder runs once for each flip."""
    passes = len(runner.masks)
    sums = PassSums(classes, passes, tuple(image.shape[1:]), runner.device)
    reporter.check()
    encoded = runner.encode(image[None])
    if disagreement:
        sums.disagreement = runner.disagreement(encoded)
    for done, t in enumerate(runner.order, start=1):
        reporter.check()
        sums.add_pass(t, runner.probability(encoded, t))
        reporter.progress(done, passes, "passes")
    return sums


def sweep_tiles(
    runner: PassRunner,
    image: Tensor,
    classes: int,
    plan: TilePlan,
    *,
    keep_passes: bool,
    disagreement: bool,
    device: str = "cpu",
    reporter: Reporter = SILENT,
) -> PassSums:
    """Every pass over ``image`` (N, z, y, x) in the tiles of ``plan``.

    Args:
        keep_passes: all passes are summed side by side in float16 while the tiles are visited once;
            otherwise the tiles are visited once per pass, summed in float32.
        disagreement: also the mean gap between the two tasks.
        device: where the sums live.
    """
    passes, padded = len(runner.masks), plan.pad(image)
    share = plan.weight.to(device)
    per_voxel = plan.total.to(device)
    sums = PassSums(classes, passes, tuple(padded.shape[1:]), device)
    sweeps = [runner.order] if keep_passes else [[t] for t in runner.order]
    for number, sweep in enumerate(sweeps):
        dtype = torch.float16 if keep_passes and passes > 1 else torch.float32
        volumes = torch.zeros(len(sweep), *sums.probability.shape, dtype=dtype, device=device)
        with_disagreement = disagreement and number == 0
        if with_disagreement:
            sums.disagreement = torch.zeros(padded.shape[1:], device=device)
        for i, place in enumerate(plan.places):
            reporter.check()
            encoded = runner.encode(padded[(slice(None), *place)][None])
            weight = share / per_voxel[place]
            if with_disagreement and (gap := runner.disagreement(encoded)) is not None:
                sums.disagreement[place] += gap.to(device).mul_(weight)  # type: ignore[index]
            for row, t in enumerate(sweep):
                weighted = runner.probability(encoded, t).to(device).mul_(weight)
                sums.probability[(slice(None), *place)] += weighted
                volumes[(row, slice(None), *place)] += weighted.to(dtype)
            done = number * len(plan.places) + (i + 1) * len(sweep)
            reporter.progress(done / passes, len(plan.places), "tiles")
        for row, t in enumerate(sweep):
            sums.add_pass(t, volumes[row].float(), to_mean=False)
    return _cropped(sums, plan)


def _cropped(sums: PassSums, plan: TilePlan) -> PassSums:
    """The sums without the padding that small images got."""
    for name in ("probability", "entropy", "labels", "disagreement"):
        value = getattr(sums, name)
        if value is not None:
            setattr(sums, name, plan.crop(value))
    return sums
