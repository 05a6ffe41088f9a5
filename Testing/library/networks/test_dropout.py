"""Channel dropout by explicit masks: a pass is values, the same in every tile and in every mode."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from ugmcl.networks.dropout_masks import DropoutMasks, draw_channel_mask


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", ["dual-task-vnet", "pyramid-vnet"])
def test_nothing_drops_without_masks(kind: str, network: Callable, image: Callable) -> None:
    net, x = network(kind, norm="group"), image(1, 1, 16, 16, 16)
    assert torch.equal(net.train()(x).logits, net.eval()(x).logits)


@pytest.mark.parametrize("probability", [0.2, 0.5])
def test_masks_drop_with_their_probability_and_keep_the_mean(probability: float) -> None:
    mask = draw_channel_mask(40, 500, probability, seeded())
    assert mask.unique().tolist() == pytest.approx([0.0, 1 / (1 - probability)])
    assert float((mask == 0).float().mean()) == pytest.approx(probability, abs=0.015)
    assert float(mask.mean()) == pytest.approx(1.0, abs=0.03)


def test_where_channels_drop(network: Callable) -> None:
    shapes = {
        ("bottleneck", "last"): ((3, 32), (3, 2)),
        ("bottleneck",): ((3, 32), None),
        ("last",): (None, (3, 2)),
        (): (None, None),
    }
    for places, expected in shapes.items():
        masks = network(dropout_at=places).draw_masks(3, seeded())
        assert tuple(None if m is None else tuple(m.shape) for m in masks) == expected
    assert network(dropout=0.0).draw_masks(3, seeded()) == DropoutMasks(None, None)
    with pytest.raises(Exception, match="unknown place"):
        network(dropout_at=("first",))


def test_a_pass_is_drawn_from_its_generator_only(network: Callable) -> None:
    net = network()
    torch.manual_seed(1)
    first = net.draw_masks(2, seeded(5))
    torch.manual_seed(2)
    again, other = net.draw_masks(2, seeded(5)), net.draw_masks(2, seeded(6))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.bottleneck, other.bottleneck)


def test_a_mask_acts_on_whole_channels_after_blocks_five_and_nine(network: Callable, image: Callable) -> None:
    net = network(classes=3)
    stages = net.encode(image(1, 1, 16, 16, 32))
    mask = DropoutMasks(torch.zeros(1, 32), torch.tensor([[2.0, 0.0]]))
    mask.bottleneck[0, 5] = 2.0
    x5 = torch.zeros_like(stages[4])
    x5[:, 5] = 2 * stages[4][:, 5]
    last = net.decode_features([*stages[:4], x5])[-1]
    dropped = torch.stack([2 * last[:, 0], 0 * last[:, 1]], dim=1)
    assert torch.equal(net.decode(stages, mask).logits, net.out_conv2(dropped))
    assert torch.equal(net.decode(stages, mask).distance, torch.tanh(net.out_conv(dropped)))


def test_one_pass_is_the_same_in_every_tile(network: Callable, image: Callable) -> None:
    """Two tiles of equal content, one after the other and together: one pass gives them equal results."""
    net, tile = network(), image(1, 1, 16, 16, 16)
    masks = net.draw_masks(1, seeded(2))
    first = net(tile, masks).logits
    net(image(1, 1, 16, 32, 16), masks)  # another tile in between
    assert torch.equal(net(tile, masks).logits, first)
    both = net(torch.cat([tile, image(1, 1, 16, 16, 16).flip(2)]), masks).logits
    torch.testing.assert_close(both[:1], first)
    assert not torch.equal(net(tile, net.draw_masks(1, seeded(3))).logits, first)


def test_each_patch_of_a_batch_has_its_own_channels(network: Callable, image: Callable) -> None:
    net = network()
    twice = image(1, 1, 16, 16, 16).expand(2, -1, -1, -1, -1)
    masks = net.draw_masks(2, seeded(4))
    together = net(twice, masks).logits
    for i in range(2):
        alone = net(twice[:1], DropoutMasks(masks.bottleneck[i : i + 1], masks.last[i : i + 1])).logits
        torch.testing.assert_close(together[i : i + 1], alone)
    assert not torch.equal(together[0], together[1])


def test_the_pyramid_drops_less_towards_the_finest_scale(network: Callable) -> None:
    masks = network("pyramid-vnet", width=16).draw_masks(200, seeded())
    assert [m.shape[1] for m in masks] == [128, 64, 32, 16]
    shares = [float((m == 0).float().mean()) for m in masks]
    assert shares == pytest.approx([0.5, 0.3, 0.2, 0.1], abs=0.02)
    assert network("pyramid-vnet", dropout=0.0).draw_masks(1, seeded()) == (None,) * 4


def test_the_pyramids_masks_reach_the_head_and_the_next_block(network: Callable, image: Callable) -> None:
    net, x = network("pyramid-vnet"), image(1, 1, 16, 16, 16)
    none = net.draw_masks(1, seeded())._replace(six=torch.zeros(1, 16), seven=None, eight=None, nine=None)
    plain, dropped = net(x), net(x, none)
    bias = net.heads[0].bias[None, :, None, None, None]
    torch.testing.assert_close(dropped.extra["eighth"], bias.expand_as(plain.extra["eighth"]))
    assert not torch.equal(plain.logits, dropped.logits)
    torch.testing.assert_close(net.decode(net.encode(x), none).logits, dropped.logits)
