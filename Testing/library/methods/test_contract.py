"""What every registered method keeps to, whatever it computes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch

from ugmcl.errors import UserError
from ugmcl.methods.base import LossTerm, total_loss
from ugmcl.methods.method_settings import MethodSettings
from ugmcl.methods.registry import METHODS, get_method

EVERY = sorted(METHODS)


def test_methods_are_found_by_name() -> None:
    assert {"ug-mcl", "v-net", "supervised", "sassnet", "urpc"} <= set(METHODS)
    assert all(get_method(name).name == name for name in METHODS)
    with pytest.raises(UserError, match="ug-mcl"):
        get_method("ug_mcl")


def test_the_trainings_settings_have_every_name_that_methods_read() -> None:
    from ugmcl.training.settings import TrainingSettings

    wanted = {name for name in vars(MethodSettings) if not name.startswith("_")}
    assert len(wanted) > 20
    assert not wanted - TrainingSettings.model_fields.keys()


def test_the_total_is_the_weighted_sum_of_one_optimisers_terms() -> None:
    terms = {
        "a": LossTerm(torch.tensor(2.0), 0.5),
        "b": LossTerm(torch.tensor(3.0)),
        "c": LossTerm(torch.tensor(7.0), 1.0, "discriminator"),
    }
    assert total_loss(terms).item() == 4.0
    assert total_loss(terms, "discriminator").item() == 7.0


@pytest.mark.parametrize("name", EVERY)
def test_network_arguments_fit_into_a_file(name: str, bench: Callable) -> None:
    kind, arguments = bench(name).method.network()
    assert json.loads(json.dumps([kind, arguments])) == [kind, arguments]


@pytest.mark.parametrize("name", EVERY)
def test_terms_are_finite_scalars_with_a_graph(name: str, bench: Callable, batch: Callable) -> None:
    ours = bench(name, classes=4, channels=2)
    terms = ours.method.step(batch(3, classes=4, channels=2), ours.context(3))
    for term in terms.values():
        assert term.value.shape == () and term.value.dtype == torch.float32
        assert term.value.requires_grad and bool(term.value.isfinite())
        assert term.weight > 0 and term.optimiser in ours.optimisers
    assert all(network.training for network in ours.networks().values())


@pytest.mark.parametrize("name", EVERY)
def test_a_step_is_decided_by_its_seeds(name: str, bench: Callable, batch: Callable) -> None:
    def values(seed: int) -> list[float]:
        ours = bench(name)
        torch.manual_seed(8)  # for layers that draw by themselves; the trainer seeds it, too
        return [term.value.item() for term in ours.method.step(batch(2), ours.context(2, seed)).values()]

    assert values(1) == values(1)
    assert values(1) != values(2)


@pytest.mark.parametrize("name", EVERY)
def test_twenty_iterations_learn(name: str, bench: Callable) -> None:
    ours = bench(name)
    history = ours.run()
    first, last = history[:4], history[-4:]
    assert sum(h["dice"] for h in last) < 0.98 * sum(h["dice"] for h in first)


@pytest.mark.parametrize("name", EVERY)
def test_resumption_is_exact(name: str, bench: Callable, equal_states: Callable) -> None:
    """With every network and optimiser, also SASSNet's two."""
    undisturbed, before, after = (bench(name) for _ in range(3))
    undisturbed.run(stop=8)
    before.run(stop=5)
    after.load(before.state())
    after.run(start=5, stop=8)
    assert not equal_states(undisturbed.state(), before.state())
    assert equal_states(undisturbed.state(), after.state())


@pytest.mark.parametrize("name", EVERY)
def test_labelled_patches_alone_are_enough(name: str, bench: Callable, batch: Callable) -> None:
    ours = bench(name)
    ours.step(batch(0, unlabelled=0))
    assert all(bool(p.isfinite().all()) for p in ours.student.parameters())


@pytest.mark.parametrize("name", EVERY)
def test_bf16_with_channels_last(name: str, bench: Callable, batch: Callable) -> None:
    plain, halved = bench(name, width=4), bench(name, width=4)
    halved.autocast = lambda: torch.autocast("cpu", dtype=torch.bfloat16)
    for network in halved.networks().values():
        network.to(memory_format=torch.channels_last_3d)
    a, b = plain.step(batch(0)), halved.step(batch(0))
    assert a.keys() == b.keys()
    for term in a:
        assert b[term] == pytest.approx(a[term], rel=0.1, abs=0.02)
    assert all(p.dtype == torch.float32 and bool(p.isfinite().all()) for p in halved.student.parameters())
