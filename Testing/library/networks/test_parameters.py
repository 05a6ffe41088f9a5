"""Sizes of the networks against the methods reference, 2.6 and 3; nothing is allocated."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from ugmcl.networks.blocks import conv_block, down_block, up_block
from ugmcl.networks.discriminator import Discriminator
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.networks.pyramid_vnet import PyramidVNet
from ugmcl.networks.vnet_trunk import VNetTrunk


def parameters(module: type[nn.Module], **arguments: Any) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in module(**arguments).parameters())


def test_the_published_networks() -> None:
    trunk = parameters(VNetTrunk, in_channels=1, classes=2, width=16, norm="batch")
    assert trunk == 9_448_832
    # one class with two 1-channel heads, as DTC and SASSNet have it: 17 for each head
    assert trunk + 17 + 17 == 9_448_866
    # the same number by coincidence: one softmax head of two classes (UA-MT)
    assert parameters(DualTaskVNet, classes=2, distance_head=False) == 9_448_866
    assert parameters(DualTaskVNet, classes=2) == 9_448_883
    assert parameters(DualTaskVNet, classes=3) == 9_448_917


@pytest.mark.parametrize("norm", ["batch", "group", "instance"])
@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("classes", [2, 3, 9])
def test_the_general_formula(classes: int, channels: int, norm: str) -> None:
    count = parameters(DualTaskVNet, in_channels=channels, classes=classes, norm=norm)
    assert count == 9_448_832 + 17 * (2 * classes - 1) + 432 * (channels - 1)


def test_running_statistics_of_batch_norm() -> None:
    with torch.device("meta"):
        network = DualTaskVNet()
    statistics = [b for name, b in network.named_buffers() if "running" in name]
    assert sum(b.numel() for b in statistics) == 5_600
    with torch.device("meta"):
        assert not list(DualTaskVNet(norm="group").buffers())


BLOCKS = {  # methods reference 3, parameters with norm
    "block_one": 480, "block_one_dw": 4_192, "block_two": 55_488, "block_two_dw": 16_576,
    "block_three": 332_352, "block_three_dw": 65_920, "block_four": 1_328_256, "block_four_dw": 262_912,
    "block_five": 5_310_720, "block_five_up": 262_528, "block_six": 1_328_256, "block_six_up": 65_728,
    "block_seven": 332_352, "block_seven_up": 16_480, "block_eight": 55_488, "block_eight_up": 4_144,
    "block_nine": 6_960,
}  # fmt: skip


def test_every_block_of_the_table() -> None:
    with torch.device("meta"):
        network = DualTaskVNet()
    found = {name: sum(p.numel() for p in getattr(network, name).parameters()) for name in BLOCKS}
    assert found == BLOCKS


def test_the_pyramid_has_one_head_at_each_of_four_blocks() -> None:
    heads = sum(3 * (channels + 1) for channels in (128, 64, 32, 16))
    assert parameters(PyramidVNet, classes=3) == 9_448_832 + heads


def test_the_published_discriminator() -> None:
    assert parameters(Discriminator) == 11_020_290


def test_blocks_keep_halve_and_double() -> None:
    x = torch.zeros(1, 3, 4, 6, 8)
    assert conv_block(3, 5, 2, "group")(x).shape == (1, 5, 4, 6, 8)
    assert down_block(3, 5, "instance")(x).shape == (1, 5, 2, 3, 4)
    assert up_block(3, 5, "batch")(x).shape == (1, 5, 8, 12, 16)
    with pytest.raises(ValueError, match="batch, group, instance"):
        conv_block(1, 1, 1, "layer")
