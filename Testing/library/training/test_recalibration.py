"""Running statistics of clean patches, on a copy; the training's raw state stays."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch

from ugmcl.data.batches import inference_patches
from ugmcl.data.cache import Cache
from ugmcl.methods.registry import get_method
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.training.distributed import World
from ugmcl.training.precision import choose_precision
from ugmcl.training.recalibrated_networks import clean_patches, recalibrated_networks
from ugmcl.training.recalibration import recalibrated
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import build_state

FP32 = choose_precision("fp32", "cpu")


def test_statistics_are_the_plain_mean_over_the_patches() -> None:
    torch.manual_seed(0)
    network = DualTaskVNet(1, 2, width=2)
    network.block_one[1].running_mean.fill_(77.0)
    patches = [torch.randn(2, 1, 16, 16, 16) * (i + 1) + i for i in range(3)]
    twin = recalibrated(network, patches, FP32)
    # the first batch norm sees the first convolution's output: computed here from scratch
    weight, bias = network.block_one[0].weight.detach(), network.block_one[0].bias.detach()
    outputs = [torch.nn.functional.conv3d(p, weight, bias, padding=1).double().numpy() for p in patches]
    mean = np.mean([o.mean(axis=(0, 2, 3, 4)) for o in outputs], axis=0)
    variance = np.mean([o.var(axis=(0, 2, 3, 4), ddof=1) for o in outputs], axis=0)
    np.testing.assert_allclose(twin.block_one[1].running_mean.numpy(), mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(twin.block_one[1].running_var.numpy(), variance, rtol=1e-4)
    assert not twin.training
    assert twin.block_one[1].momentum == pytest.approx(0.1)
    assert float(network.block_one[1].running_mean[0]) == 77.0


def test_the_training_s_state_is_not_touched(cache: Cache, tiny: Callable[..., TrainingSettings]) -> None:
    settings = tiny()
    method = get_method("ug-mcl")(settings, 1, 3)
    state = build_state(method, settings, FP32, World())
    before = {name: copy.deepcopy(net.state_dict()) for name, net in state.networks().items()}
    twins = recalibrated_networks(state, cache, settings, FP32)
    assert set(twins) == {"student", "teacher"}
    for name, network in state.networks().items():
        assert all(torch.equal(before[name][key], value) for key, value in network.state_dict().items())
        moved = twins[name].block_one[1].running_mean
        assert not torch.equal(moved, before[name]["block_one.1.running_mean"])


def test_networks_without_running_statistics_are_only_copied() -> None:
    network = DualTaskVNet(1, 2, width=2, norm="instance")
    twin = recalibrated(network, [torch.randn(1, 1, 16, 16, 16)], FP32)
    assert twin is not network
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), twin.parameters(), strict=True))


def test_patches_are_the_same_every_time_and_of_training_cases(
    cache: Cache, tiny: Callable[..., TrainingSettings]
) -> None:
    settings = tiny(recalibration_patches=6)
    first, again = list(clean_patches(cache, settings)), list(clean_patches(cache, settings))
    assert [len(batch) for batch in first] == [4, 4]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    none = list(inference_patches(cache, ("excluded",), (16, 16, 16), 3, 1))
    assert none == []
