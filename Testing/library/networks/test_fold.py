"""Folding batch norm changes nothing beyond rounding."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from ugmcl.networks.fold import fold_batch_norm


@pytest.mark.parametrize("kind", ["dual-task-vnet", "pyramid-vnet"])
def test_the_folded_network_is_the_same_function(kind: str, network: Callable, image: Callable) -> None:
    net = network(kind, width=4, classes=3, in_channels=2)
    folded = fold_batch_norm(net.train())
    net.eval()
    assert not [m for m in folded.modules() if isinstance(m, nn.BatchNorm3d)]
    assert not folded.training
    x = image(2, 2, 20, 16, 35)
    masks = net.draw_masks(2, torch.Generator().manual_seed(0))
    for given in (None, masks):
        a, b = net(x, given), folded(x, given)
        torch.testing.assert_close(b.logits, a.logits, rtol=1e-4, atol=1e-5)
        if a.distance is not None:
            torch.testing.assert_close(b.distance, a.distance, rtol=1e-4, atol=1e-5)
    assert a.logits.std() > 0.01  # that the functions are not merely both flat


def test_one_pair_by_hand() -> None:
    convolution, norm = nn.Conv3d(1, 1, 1), nn.BatchNorm3d(1)
    for tensor, value in (
        (convolution.weight, 2.0), (convolution.bias, 1.0), (norm.weight, 3.0), (norm.bias, -1.0),
        (norm.running_mean, 4.0), (norm.running_var, 0.25 - norm.eps),
    ):  # fmt: skip
        nn.init.constant_(tensor, value)
    folded = fold_batch_norm(nn.Sequential(convolution, norm))
    # 3 (2x + 1 - 4) / 0.5 - 1 = 12x - 19
    assert folded(torch.full((1, 1, 1, 1, 1), 5.0)).item() == pytest.approx(41.0, rel=1e-5)


def test_the_network_itself_stays_as_it_was(network: Callable) -> None:
    net = network()
    before = copy.deepcopy(net.state_dict())
    fold_batch_norm(net)
    assert all(torch.equal(value, net.state_dict()[name]) for name, value in before.items())


@pytest.mark.parametrize("norm", ["group", "instance"])
def test_other_norms_are_left_alone(norm: str, network: Callable, image: Callable) -> None:
    net, x = network(norm=norm), image(1, 1, 16, 32, 16)
    folded = fold_batch_norm(net)
    assert torch.equal(folded(x).logits, net(x).logits)
    assert folded.state_dict().keys() == net.state_dict().keys()
