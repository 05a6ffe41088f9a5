"""Tiles: they cover, they overlap by half, they shrink to what fits; and the ladder below them."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
import torch

from ugmcl.segmentation.ladder import Way, fault_of, smaller_ways
from ugmcl.segmentation.tiles import plan_tiles, shrink_tile


@pytest.mark.parametrize("sides", [(40, 50, 70), (16, 90, 33), (10, 20, 30)])
def test_every_voxel_is_covered_and_weights_add_up_to_one(sides: tuple[int, int, int]) -> None:
    plan = plan_tiles(sides, (32, 32, 32))
    assert plan.pad(torch.zeros(1, *sides)).shape[1:] == plan.total.shape
    assert tuple(plan.crop(plan.total).shape) == sides
    total = torch.zeros_like(plan.total)
    for place in plan.places:
        assert all(s.stop - s.start == 32 for s in place)
        total[place] += plan.weight / plan.total[place]
    torch.testing.assert_close(total, torch.ones_like(total))


def test_padding_and_cropping_are_inverse() -> None:
    image = torch.arange(10 * 20 * 30.0).reshape(1, 10, 20, 30)
    plan = plan_tiles(image.shape[1:], (32, 32, 32))
    assert torch.equal(plan.crop(plan.pad(image)), image)


def test_the_blend_is_monais(trained_network: torch.nn.Module) -> None:
    """One pass in our tiles equals MONAI's own sliding window."""
    from monai.inferers import sliding_window_inference

    from ugmcl.segmentation.passes import PassRunner
    from ugmcl.segmentation.sweeps import sweep_tiles

    image = torch.randn(1, 40, 48, 50, generator=torch.Generator().manual_seed(0))
    plan = plan_tiles(image.shape[1:], (32, 32, 32))
    runner = PassRunner(trained_network, 1, 0, 1.0, "cpu", "fp32")
    with torch.inference_mode():
        ours = sweep_tiles(runner, image, 3, plan, keep_passes=True, disagreement=False).probability
        theirs = sliding_window_inference(
            image[None],
            (32, 32, 32),
            1,
            lambda box: trained_network(box).logits.softmax(dim=1),
            overlap=0.5,
            mode="gaussian",
            sigma_scale=0.125,
        )
    torch.testing.assert_close(ours, theirs[0], atol=2e-5, rtol=0)


def test_tiles_shrink_along_the_longest_side_and_stop_at_the_patch() -> None:
    assert shrink_tile((64, 64, 160), (32, 32, 32), lambda t: True) == (64, 64, 160)
    half = shrink_tile((64, 64, 160), (32, 32, 32), lambda t: prod(t) <= 64 * 64 * 112)
    assert half == (64, 64, 112)  # two tiles of 2/3 of 160, in steps of 16
    assert shrink_tile((64, 64, 160), (32, 48, 32), lambda t: False) == (32, 48, 32)
    assert shrink_tile((20, 64, 64), (32, 32, 32), lambda t: False) == (32, 32, 32)


def test_the_ladder_goes_to_the_patch_and_then_below_it() -> None:
    sides, patch = (128, 128, 128), (64, 64, 64)
    ways = list(smaller_ways(Way("cuda:0", None), sides, patch))
    assert {way.device for way in ways} == {"cuda:0"}
    tiles = [way.tile_zyx for way in ways]
    assert (64, 64, 64) in tiles and tiles[-1] == (32, 32, 32)
    sizes = [prod(tile) for tile in tiles if tile]
    assert sizes[0] <= 128**3 / 2
    assert sizes == sorted(set(sizes), reverse=True)


def test_only_want_of_memory_is_a_reason_to_go_down() -> None:
    assert fault_of(torch.OutOfMemoryError("CUDA out of memory."), "cuda:0") == "out of memory"
    assert fault_of(MemoryError(), "cpu") == "out of memory"
    allocator = RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")
    assert fault_of(allocator, "cpu") == "out of memory"
    assert fault_of(RuntimeError("shapes do not match"), "cpu") is None
    missing = RuntimeError("The operator 'aten::conv' is not currently implemented for the MPS device")
    assert fault_of(missing, "mps") and fault_of(missing, "cuda:0") is None


def test_a_tile_never_exceeds_the_padded_volume() -> None:
    for sides in product((16, 40, 100), repeat=3):
        tile = shrink_tile(sides, (64, 64, 64), lambda t: False)
        assert all(t <= max(16, -(-s // 16) * 16) for t, s in zip(tile, sides, strict=True))
