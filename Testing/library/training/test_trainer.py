"""What the loop does with a method's terms: learning, ablation, skipped steps, several optimisers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ugmcl.data.cache import Cache
from ugmcl.errors import UserError
from ugmcl.methods.base import LossTerm
from ugmcl.methods.registry import get_method
from ugmcl.training.distributed import World
from ugmcl.training.precision import choose_precision
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import TrainingState, build_state
from ugmcl.training.trainer import Trainer

Settings = Callable[..., TrainingSettings]
FP32 = choose_precision("fp32", "cpu")


def trainer_for(cache: Cache, settings: TrainingSettings, **options) -> Trainer:
    method = get_method(settings.method)(settings, len(cache.spec.channels), cache.classes)
    state = build_state(method, settings, FP32, World())
    return Trainer(cache, settings, method, state, FP32, **options)


def steps(trainer: Trainer, count: int) -> list[dict[str, float]]:
    start = trainer.state.counters.iteration
    return [trainer.iterate(batch) for batch in trainer.batches(start, start + count)]


@pytest.mark.parametrize("method", ["ug-mcl", "v-net", "sassnet", "urpc"])
def test_twenty_steps_of_each_method_learn(cache: Cache, tiny: Settings, method: str) -> None:
    trainer = trainer_for(cache, tiny(method=method, iterations=20, learning_rate=1e-2, schedule="constant"))
    values = steps(trainer, 20)
    terms = [name for name in values[0] if name.startswith(("dice", "cross-entropy", "supervised"))]
    assert terms, values[0]
    first = sum(v[name] for v in values[:4] for name in terms)
    last = sum(v[name] for v in values[-4:] for name in terms)
    assert last < 0.97 * first
    assert trainer.state.counters.skipped == 0


def test_the_adversary_and_the_student_each_get_their_own_terms_only(cache: Cache, tiny: Settings) -> None:
    settings = tiny(method="sassnet", consistency_weight=0.5)
    trainer = trainer_for(cache, settings)
    discriminator = trainer.state.auxiliary["discriminator"]
    before = [p.detach().clone() for p in discriminator.parameters()]
    trainer.state.optimisers["discriminator"].param_groups[0]["lr"] = 0.0
    steps(trainer, 2)
    assert all(torch.equal(a, b) for a, b in zip(before, discriminator.parameters(), strict=True))
    student = [p.detach().clone() for p in trainer.state.student.parameters()]
    trainer.state.optimisers["discriminator"].param_groups[0]["lr"] = 1e-3
    trainer.state.optimisers["student"].param_groups[0]["initial_lr"] = 0.0
    trainer.state.optimisers["student"].param_groups[1]["initial_lr"] = 0.0
    steps(trainer, 2)
    assert all(torch.equal(a, b) for a, b in zip(student, trainer.state.student.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(before, discriminator.parameters(), strict=True))


def test_without_consistency_unlabelled_patches_change_nothing(cache: Cache, tiny: Settings) -> None:
    """Methods reference 1.6: the student's parameters equal the supervised run's exactly."""
    off = {"intra_weight": 0.0, "cross_weight": 0.0, "iterations": 20}
    with_unlabelled = trainer_for(cache, tiny(unlabelled_batch=2, **off))
    alone = trainer_for(cache, tiny(unlabelled_batch=0, **off))
    steps(with_unlabelled, 20)
    steps(alone, 20)
    pairs = zip(with_unlabelled.state.student.parameters(), alone.state.student.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


class Poisoned:
    """A method whose loss is not finite at some iterations."""

    def __init__(self, method, bad: set[int]) -> None:
        self.method, self.bad = method, bad

    def __getattr__(self, name: str):
        return getattr(self.method, name)

    def step(self, batch, context):
        terms = self.method.step(batch, context)
        if context.iteration in self.bad:
            context.student.block_one[1].running_mean.fill_(float("nan"))
            name, term = next(iter(terms.items()))
            terms[name] = LossTerm(term.value * float("nan"), term.weight, term.optimiser)
        return terms


def snapshot(state: TrainingState) -> list[torch.Tensor]:
    return [v.clone() for network in state.networks().values() for v in network.state_dict().values()]


def test_a_step_without_a_finite_loss_is_left_out_and_counted(cache: Cache, tiny: Settings) -> None:
    trainer = trainer_for(cache, tiny())
    trainer.method = Poisoned(trainer.method, {2})
    steps(trainer, 2)
    before = snapshot(trainer.state)
    steps(trainer, 1)
    assert all(torch.equal(a, b) for a, b in zip(before, snapshot(trainer.state), strict=True))
    assert (trainer.state.counters.skipped, trainer.state.counters.skipped_in_row) == (1, 1)
    steps(trainer, 1)
    assert (trainer.state.counters.skipped, trainer.state.counters.skipped_in_row) == (1, 0)
    assert any(not torch.equal(a, b) for a, b in zip(before, snapshot(trainer.state), strict=True))


def test_twenty_in_a_row_end_the_run_with_advice(cache: Cache, tiny: Settings, recorder) -> None:
    told = recorder()
    trainer = trainer_for(cache, tiny(iterations=100), reporter=told)
    trainer.method = Poisoned(trainer.method, set(range(3, 100)))
    with pytest.raises(UserError, match="learning_rate"):
        steps(trainer, 100)
    assert trainer.state.counters.iteration == 22  # 3 good ones and 19 skipped; the 20th ended it
    assert any("20 steps in a row" in text for text in told.texts("alarm"))


def test_the_gradient_is_clipped(cache: Cache, tiny: Settings) -> None:
    free = trainer_for(cache, tiny(optimiser="sgd", momentum=0.0, weight_decay=0.0, learning_rate=1.0))
    tight = trainer_for(
        cache, tiny(optimiser="sgd", momentum=0.0, weight_decay=0.0, learning_rate=1.0, gradient_clip=0.01)
    )
    start = torch.cat([p.detach().flatten() for p in free.state.student.parameters()])
    norms = [steps(trainer, 1)[0]["gradient norm"] for trainer in (free, tight)]
    moved = [
        torch.cat([p.detach().flatten() for p in trainer.state.student.parameters()]) - start
        for trainer in (free, tight)
    ]
    assert norms[0] == pytest.approx(norms[1]) and 0.01 < norms[0] < 12
    assert float(moved[0].norm()) == pytest.approx(norms[0], rel=1e-3)
    assert float(moved[1].norm()) == pytest.approx(0.01, rel=1e-3)


def test_a_lost_class_alarms_during_training(cache: Cache, tiny: Settings, tmp_path: Path, recorder) -> None:
    told = recorder()
    trainer = trainer_for(cache, tiny(), folder=tmp_path, reporter=told)
    with torch.no_grad():
        trainer.state.student.out_conv2.bias[2] = -1e9  # the class "left" can never win
        trainer.state.teacher.out_conv2.bias[2] = -1e9
    trainer.settings = tiny(learning_rate=1e-9)
    for group in trainer.state.optimisers["student"].param_groups:
        group["initial_lr"] = 1e-9
    trainer.run()
    alarms = told.texts("alarm")
    assert len([text for text in alarms if "segment left" in text]) == 1  # said once, though it stands twice
    stood = [a for a in trainer.state.counters.alarms if a["segment"] == "left"]
    assert [a["iteration"] for a in stood] == [6, 12]


@pytest.mark.parametrize("precision", ["auto", "fp32"])
def test_validation_finds_a_perfect_network_perfect(cache: Cache, tiny: Settings, precision: str) -> None:
    """Dice of a network that returns the reference is 1, whatever the arithmetic."""
    from ugmcl.training.validation import validate

    references = {
        cache.image(case.id).astype("float32").tobytes(): cache.label(case.id)
        for case in cache.with_role("validation")
    }

    class Oracle(torch.nn.Module):
        classes, width, in_channels, dropout = 3, 2, 1, 0.0

        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1))

        def forward(self, image, masks=None):
            from ugmcl.networks.output import Output

            inner = image[:, :, 4:28, 4:28, 4:28].contiguous().float().numpy().tobytes()
            label = torch.zeros(image.shape[2:], dtype=torch.long)
            label[4:28, 4:28, 4:28] = torch.from_numpy(references[inner].astype("int64"))
            one_hot = torch.nn.functional.one_hot(label, 3).permute(3, 0, 1, 2)[None]
            return Output(20.0 * one_hot * self.scale, None, {})

    result = validate({"student": Oracle()}, cache, tiny(), choose_precision(precision, "cpu"), 7)
    assert result.sources["student"].dice == {"right": 1.0, "left": 1.0}
    assert (result.role, result.cases, result.iteration) == ("validation", 2, 7)
    assert result.sources["student"].predicted == result.present
