"""Networks by kind, with arguments that may come from a file."""

from __future__ import annotations

import json

import pytest
import torch

from ugmcl.errors import UserError
from ugmcl.networks.discriminator import Discriminator
from ugmcl.networks.registry import NETWORKS, build_network


@pytest.mark.parametrize("kind", NETWORKS)
def test_arguments_survive_a_file(kind: str) -> None:
    arguments = {"in_channels": 2, "classes": 3, "width": 2, "norm": "group", "dropout": 0.25}
    if kind == "dual-task-vnet":
        arguments["dropout_at"] = ["bottleneck"]
    network = build_network(kind, **json.loads(json.dumps(arguments)))
    assert network(torch.zeros(1, 2, 16, 16, 16)).logits.shape == (1, 3, 16, 16, 16)
    assert network.classes == 3 and network.in_channels == 2


def test_the_seed_decides_the_weights() -> None:
    torch.manual_seed(4)
    first = build_network("dual-task-vnet", width=2)
    torch.manual_seed(4)
    again = build_network("dual-task-vnet", width=2)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize(
    ("kind", "arguments", "says"),
    [
        ("transformer", {}, "there is no network transformer"),
        ("dual-task-vnet", {"depth": 5}, "depth"),
        ("dual-task-vnet", {"classes": 1}, "at least 2"),
        ("dual-task-vnet", {"norm": "layer"}, "batch, group, instance"),
        ("pyramid-vnet", {"dropout": 1.0}, "below 1"),
    ],
)
def test_what_cannot_be_built_is_said_in_one_line(kind: str, arguments: dict, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        build_network(kind, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sides", [(16, 16, 16), (48, 32, 20)])
def test_the_discriminator_takes_any_size_and_number_of_channels(sides: tuple) -> None:
    judge = Discriminator(3, 2, width=4).eval()
    distance, image = torch.randn(2, 3, *sides), torch.randn(2, 2, *sides)
    verdict = judge(distance, image)
    assert verdict.shape == (2, 2)
    assert not torch.equal(verdict, judge(distance, image.flip(2)))
    assert not torch.equal(verdict, judge(distance.flip(2), image))
