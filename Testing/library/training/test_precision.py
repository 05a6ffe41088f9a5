"""Which arithmetic is chosen, and that the one chosen computes right gradients."""

from __future__ import annotations

import pytest
import torch

from ugmcl.errors import UserError
from ugmcl.training.precision import choose_precision, has_stage_of_two_slices


def test_fp16_needs_a_graphics_card() -> None:
    with pytest.raises(UserError, match="graphics card"):
        choose_precision("fp16", "cpu")


@pytest.mark.parametrize(
    ("slices", "faulty"), [(16, True), (32, True), (48, False), (64, False), (80, False)]
)
def test_a_stage_of_two_slices_stays_in_fp32(slices: int, faulty: bool) -> None:
    assert has_stage_of_two_slices((slices, 48, 48)) is faulty
    if faulty:
        assert choose_precision("auto", "cpu", (slices, 48, 48)).name == "fp32"
        with pytest.raises(UserError, match=f"patch of {slices} slices"):
            choose_precision("bf16", "cpu", (slices, 48, 48))


@pytest.mark.parametrize("depth", [1, 3, 4, 5])
def test_bf16_gradients_of_a_convolution_at_the_depths_that_are_allowed(depth: int) -> None:
    if choose_precision("auto", "cpu", (48, 48, 48)).name != "bf16":
        pytest.skip("this processor has no bf16")
    gradients = []
    for autocast in (False, True):
        torch.manual_seed(0)
        layer = torch.nn.Conv3d(8, 8, 3, padding=1).to(memory_format=torch.channels_last_3d)
        image = torch.randn(2, 8, depth, 4, 6).contiguous(memory_format=torch.channels_last_3d)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            output = layer(image)
        (output.float() * torch.randn(output.shape)).sum().backward()
        gradients.append(layer.weight.grad)
    assert (gradients[1] - gradients[0]).norm() / gradients[0].norm() < 0.02
