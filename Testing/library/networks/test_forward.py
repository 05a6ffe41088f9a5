"""The dual-task V-Net as a function: any size, halves callable apart, precision and memory format."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from ugmcl.networks.blocks import conv_block

KINDS = ["dual-task-vnet", "pyramid-vnet"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sides", [(16, 16, 16), (17, 33, 20), (1, 5, 31)])
def test_any_size_goes_in_and_comes_out(kind: str, sides: tuple, network: Callable, image: Callable) -> None:
    output = network(kind, in_channels=2, classes=4)(image(2, 2, *sides))
    assert output.logits.shape == (2, 4, *sides)
    if kind == "dual-task-vnet":
        assert output.distance.shape == (2, 3, *sides)
        assert output.distance.abs().max() <= 1
    assert all(value.shape[2:] == sides for value in output.extra.values())


def test_padding_is_zeros_on_both_ends_and_cropped_back(network: Callable, image: Callable) -> None:
    net, x = network(classes=3), image(1, 1, 13, 16, 30)
    padded = F.pad(x, (1, 1, 0, 0, 1, 2))
    whole = net(padded)
    found = net(x)
    assert torch.equal(found.logits, whole.logits[:, :, 1:14, :, 1:31])
    assert torch.equal(found.distance, whole.distance[:, :, 1:14, :, 1:31])


@pytest.mark.parametrize("kind", KINDS)
def test_encoder_and_decoder_make_the_whole(kind: str, network: Callable, image: Callable) -> None:
    net, x = network(kind), image(2, 1, 16, 32, 16)
    masks = net.draw_masks(2, torch.Generator().manual_seed(0))
    stages = net.encode(x)
    assert [tuple(s.shape[1:]) for s in stages] == [
        (2, 16, 32, 16), (4, 8, 16, 8), (8, 4, 8, 4), (16, 2, 4, 2), (32, 1, 2, 1),
    ]  # fmt: skip
    assert torch.equal(net.decode(stages, masks).logits, net(x, masks).logits)
    assert torch.equal(net.decode(stages).logits, net(x).logits)
    assert not torch.equal(net.decode(stages).logits, net.decode(stages, masks).logits)


def test_features_of_the_decoder_by_scale(network: Callable, image: Callable) -> None:
    net = network()
    stages = net.encode(image(1, 1, 16, 16, 16))
    features = net.decode_features(stages)
    assert [tuple(f.shape[1:]) for f in features] == [
        (16, 2, 2, 2),
        (8, 4, 4, 4),
        (4, 8, 8, 8),
        (2, 16, 16, 16),
    ]
    output = net.heads(features[-1])
    assert torch.equal(output.logits, net.decode(stages).logits)
    assert torch.equal(output.extra["last"], features[-1])


def test_skips_are_added(network: Callable, image: Callable) -> None:
    """With the way from below silenced, block nine sees block one's features alone."""
    net, x = network(norm="group"), image(1, 1, 16, 16, 16)
    up = net.block_eight_up
    for parameter in up.parameters():
        torch.nn.init.zeros_(parameter)
    stages = net.encode(x)
    assert torch.equal(net.decode_features(stages)[-1], net.block_nine(stages[0]))


def test_heads_are_one_by_one_convolutions_with_tanh_on_distances(network: Callable, image: Callable) -> None:
    net = network(classes=3)
    output = net(image(1, 1, 16, 16, 16))
    last = output.extra["last"][0].flatten(1)
    by_hand = net.out_conv2.weight.flatten(1) @ last + net.out_conv2.bias[:, None]
    torch.testing.assert_close(output.logits[0].flatten(1), by_hand)
    by_hand = torch.tanh(net.out_conv.weight.flatten(1) @ last + net.out_conv.bias[:, None])
    torch.testing.assert_close(output.distance[0].flatten(1), by_hand)


def test_without_its_head_there_is_no_distance(network: Callable, image: Callable) -> None:
    net = network(distance_head=False)
    assert net(image(1, 1, 10, 16, 16)).distance is None
    assert net.draw_masks(1, torch.Generator()).last.shape == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("norm", ["batch", "group", "instance"])
def test_every_parameter_learns(kind: str, norm: str, network: Callable, image: Callable) -> None:
    net = network(kind, norm=norm).train()
    output = net(image(2, 1, 16, 32, 16))
    loss = output.logits.square().mean()
    if output.distance is not None:
        loss = loss + output.distance.square().mean()
    for value in output.extra.values():
        loss = loss + value.square().mean()
    loss.backward()
    assert not [name for name, p in net.named_parameters() if p.grad is None]
    heads = [p.grad for name, p in net.named_parameters() if "block" not in name]
    assert all(bool(g.any()) for g in heads)


@pytest.mark.parametrize("kind", KINDS)
def test_bf16_and_channels_last_change_nothing_but_rounding(
    kind: str, network: Callable, image: Callable
) -> None:
    net, x = network(kind, width=4), image(2, 1, 16, 32, 16)
    masks = net.draw_masks(2, torch.Generator().manual_seed(3))
    plain = net(x, masks)
    net = net.to(memory_format=torch.channels_last_3d)
    x = x.contiguous(memory_format=torch.channels_last_3d)
    torch.testing.assert_close(net(x, masks).logits, plain.logits, rtol=1e-4, atol=1e-5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = net(x, masks)
        features = net.decode_features(net.encode(x), masks)
    assert output.logits.dtype == torch.bfloat16
    assert all(f.is_contiguous(memory_format=torch.channels_last_3d) for f in features)
    torch.testing.assert_close(output.logits.float(), plain.logits, rtol=0.1, atol=0.1)


def test_the_finest_head_alone_is_the_pyramids_result(network: Callable, image: Callable) -> None:
    net, x = network("pyramid-vnet", classes=3), image(1, 1, 16, 16, 32)
    output = net(x)
    features = net.decode_features(net.encode(x))
    assert output.distance is None
    for name, head, feature in zip(("eighth", "quarter", "half"), net.heads[:3], features[:3], strict=True):
        enlarged = F.interpolate(head(feature), size=(16, 16, 32), mode="trilinear")
        torch.testing.assert_close(output.extra[name], enlarged)
    assert torch.equal(net.decode(net.encode(x)).logits, output.logits)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_bf16_gradient_of_a_convolution_is_that_of_float32(depth: int, image: Callable) -> None:
    """Also of two slices, for which the processor's library computes a wrong one."""
    x = image(2, 16, depth, 6, 4).contiguous(memory_format=torch.channels_last_3d)
    convolution = conv_block(16, 16, 1, "batch")[0].to(memory_format=torch.channels_last_3d)
    gradients = []
    for halved in (False, True):
        convolution.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=halved):
            output = convolution(x)
        (output.float() * image(2, 16, depth, 6, 4).flip(1)).sum().backward()
        gradients.append(convolution.weight.grad.clone())
    exact, rounded = gradients
    assert float((exact - rounded).norm() / exact.norm()) < 0.02
