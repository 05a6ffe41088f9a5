"""Passes, whole volume and tiles, memory and its ladder."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.reporter import Reporter
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.passes import PassRunner, draw_passes
from ugmcl.segmentation.predictor import Predictor

PATCH = (32, 32, 32)
TINY_BUDGET = 1  # nothing fits: the smallest tiles that are allowed, pass by pass


def predictor(network: torch.nn.Module, **settings: object) -> Predictor:
    return Predictor(
        network, **{"passes": 3, "patch_zyx": PATCH, "device": "cpu", "memory_budget": 2**40, **settings}
    )


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


class Remembering(Reporter):
    def __init__(self) -> None:
        self.messages: list[str] = []
        self.steps: list[tuple[float, float, str]] = []

    def message(self, text: str, level: str = "info") -> None:
        self.messages.append(text)

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self.steps.append((done, total, unit))


def test_passes_equal_full_forward_runs(trained_network: DualTaskVNet, ball_image: NDArray) -> None:
    """Sharing the encoder, folding batch norm and summing up change nothing beyond rounding."""
    found = predictor(trained_network, passes=4, temperature=1.3).predict(ball_image)
    masks = draw_passes(trained_network, 4, seed=0)
    with torch.inference_mode():
        image = torch.from_numpy(ball_image)[None]
        p = torch.cat([(trained_network(image, m).logits / 1.3).softmax(dim=1) for m in masks]).numpy()
        plain = trained_network(image)
    mean = p.mean(axis=0)
    np.testing.assert_allclose(found.probability, mean, atol=1e-4)
    entropy = -(mean * np.log(mean + 1e-30)).sum(axis=0)
    np.testing.assert_allclose(found.uncertainty, entropy / log(3), atol=1e-3)
    each = -(p * np.log(p + 1e-30)).sum(axis=1)
    np.testing.assert_allclose(found.expected_entropy, each.mean(axis=0), atol=1e-3)
    assert (found.pass_labels != p.argmax(axis=1)).mean() < 1e-4
    assert np.abs(p.std(axis=0)).max() > 0.05  # the passes do differ
    np.testing.assert_allclose(
        found.mutual_information, np.maximum(entropy - each.mean(axis=0), 0), atol=2e-3
    )
    foreground = (plain.logits[0] / 1.3).softmax(dim=0)[1:]
    gap = (foreground - torch.sigmoid(-1500 * plain.distance[0])).abs().amax(dim=0).numpy()
    assert (
        np.abs(found.disagreement - gap).mean() < 1e-3
    )  # the step of T^-1 enlarges rounding at single voxels


def test_folding_changes_nothing_beyond_rounding(trained_network: DualTaskVNet, ball_image: NDArray) -> None:
    folded, plain = (predictor(trained_network, fold=fold).predict(ball_image) for fold in (True, False))
    assert folded.way["batch_norm_folded"] and not plain.way["batch_norm_folded"]
    np.testing.assert_allclose(folded.probability, plain.probability, atol=1e-4)


def test_one_pass_is_without_dropout(trained_network: DualTaskVNet, ball_image: NDArray) -> None:
    found = predictor(trained_network, passes=1).predict(ball_image)
    with torch.inference_mode():
        expected = trained_network(torch.from_numpy(ball_image)[None]).logits[0].softmax(dim=0)
    np.testing.assert_allclose(found.probability, expected.numpy(), atol=1e-4)
    assert found.pass_labels.shape == (1, *ball_image.shape[1:])
    assert found.mutual_information.max() < 1e-5


def test_a_network_without_dropout_runs_once_and_says_so() -> None:
    found = predictor(DualTaskVNet(width=2, dropout=0.0), passes=5).predict(noise(1, 16, 16, 16))
    assert found.way["passes"] == 1 and "no dropout" in found.way["note"]


def test_whole_against_tiles(
    trained_network: DualTaskVNet, make_balls: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    """For batch norm, tiles at half overlap give the same label; what they change is printed."""
    image, _ = make_balls((64, 64, 96), seed=77)
    whole = predictor(trained_network, passes=2).predict(image)
    small = {"passes": 2, "patch_zyx": (48, 48, 48), "memory_budget": TINY_BUDGET}
    tiled = predictor(trained_network, **small).predict(image)
    assert whole.way["mode"] == "whole volume"
    assert tiled.way["mode"] == "tiles" and tiled.way["tiles"] == 12
    gap = float(np.abs(whole.probability - tiled.probability).max())
    dice = [dice_of(whole.labels == c, tiled.labels == c) for c in (1, 2)]
    with capsys.disabled():
        print(
            f"\nwhole against 12 tiles of 48 x 48 x 48: Dice {dice[0]:.4f}, {dice[1]:.4f}, max |dp| {gap:.3f}"
        )
    assert min(dice) >= 0.99


def test_float16_side_by_side_equals_pass_by_pass(trained_network: DualTaskVNet, ball_image: NDArray) -> None:
    budget = tile_budget(trained_network, ball_image)
    together = predictor(trained_network, memory_budget=budget).predict(ball_image)
    one_by_one = predictor(trained_network, memory_budget=TINY_BUDGET).predict(ball_image)
    assert together.way["passes_kept"].startswith("float16")
    assert one_by_one.way["passes_kept"] == "float32, pass by pass"
    assert together.way["tile"] == one_by_one.way["tile"]
    np.testing.assert_allclose(together.probability, one_by_one.probability, atol=1e-5)
    np.testing.assert_allclose(together.expected_entropy, one_by_one.expected_entropy, atol=5e-3)
    assert (together.pass_labels != one_by_one.pass_labels).mean() < 1e-3


def test_a_pass_is_the_same_masks_in_every_tile(
    trained_network: DualTaskVNet, ball_image: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: dict[int, list[torch.Tensor]] = {}
    original = PassRunner.probability

    def spy(self: PassRunner, encoded: object, t: int) -> torch.Tensor:
        used.setdefault(t, []).append(torch.cat([self.masks[t].bottleneck[0], self.masks[t].last[0]]))
        return original(self, encoded, t)

    monkeypatch.setattr(PassRunner, "probability", spy)
    predictor(trained_network, memory_budget=TINY_BUDGET).predict(ball_image)
    assert sorted(used) == [0, 1, 2] and len(used[0]) > 4
    assert all(torch.equal(mask, masks[0]) for masks in used.values() for mask in masks)
    assert not torch.equal(used[0][0], used[1][0])


def test_a_pass_does_not_depend_on_the_number_of_passes(trained_network: DualTaskVNet) -> None:
    few, many = draw_passes(trained_network, 2, seed=0), draw_passes(trained_network, 8, seed=0)
    assert all(torch.equal(a.bottleneck, b.bottleneck) for a, b in zip(few, many, strict=False))


def test_the_same_input_gives_the_same_bytes(trained_network: DualTaskVNet) -> None:
    image = noise(1, 20, 40, 24)
    first, second = (predictor(trained_network).predict(image) for _ in range(2))
    for name in ("probability", "uncertainty", "expected_entropy", "disagreement", "pass_labels"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name


@pytest.mark.parametrize("norm", ["group", "instance"])
def test_norms_that_see_their_field_of_view_run_at_the_training_patch(norm: str) -> None:
    network = DualTaskVNet(width=2, norm=norm).eval()
    found = predictor(network, passes=2).predict(noise(1, 40, 40, 20))
    assert found.way["mode"] == "tiles" and found.way["tile"] == [32, 32, 32]
    small = predictor(network, passes=2).predict(noise(1, 10, 12, 14))
    assert small.probability.shape == (2, 10, 12, 14) and small.way["tiles"] == 1


def test_small_volumes_and_several_channels(trained_network: DualTaskVNet) -> None:
    assert predictor(trained_network).predict(noise(1, 5, 9, 17)).labels.shape == (5, 9, 17)
    network = DualTaskVNet(in_channels=2, width=2)
    assert predictor(network).predict(noise(2, 9, 16, 16)).probability.shape == (2, 9, 16, 16)


def test_out_of_memory_leads_to_smaller_tiles_and_says_so(
    trained_network: DualTaskVNet, ball_image: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = PassRunner.encode

    def small_memory(self: PassRunner, box: torch.Tensor) -> object:
        if box[0, 0].numel() > 32 * 48 * 32:
            raise torch.OutOfMemoryError("out of memory: this card holds 48 Ki voxels")
        return original(self, box)

    expected = predictor(trained_network, memory_budget=TINY_BUDGET).predict(ball_image)
    monkeypatch.setattr(PassRunner, "encode", small_memory)
    reporter = Remembering()
    found = predictor(trained_network).predict(ball_image, reporter=reporter)
    assert found.way["mode"] == "tiles"
    assert found.way["ladder"] and "out of memory" in found.way["ladder"][0]
    assert "whole volume" in found.way["ladder"][0]
    assert len(reporter.messages) == len(found.way["ladder"])
    assert dice_of(found.labels > 0, expected.labels > 0) > 0.99


def test_a_card_without_memory_hands_over_to_the_processor(
    trained_network: DualTaskVNet, ball_image: NDArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second device that torch accepts stands for the card."""
    card = predictor(trained_network)
    object.__setattr__(card.choice, "device", "cpu:0")
    monkeypatch.setattr("ugmcl.segmentation.predictor.memory_budget_bytes", lambda device: 2**40)
    original = PassRunner.encode

    def full(self: PassRunner, box: torch.Tensor) -> object:
        if self.device == "cpu:0":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(self, box)

    monkeypatch.setattr(PassRunner, "encode", full)
    found = card.predict(ball_image)
    assert found.way["device"] == "cpu" and len(found.way["ladder"]) >= 2
    assert all("on cpu:0" in step for step in found.way["ladder"])


def test_memory_that_suffices_for_nothing_is_told_with_a_remedy(
    trained_network: DualTaskVNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: PassRunner, box: torch.Tensor) -> object:
        raise MemoryError

    monkeypatch.setattr(PassRunner, "encode", full)
    with pytest.raises(UserError, match="region of interest"):
        predictor(trained_network).predict(noise(1, 48, 48, 48))


def test_other_faults_are_not_taken_for_want_of_memory(
    trained_network: DualTaskVNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: PassRunner, box: torch.Tensor) -> object:
        raise RuntimeError("the sizes of tensors must match")

    monkeypatch.setattr(PassRunner, "encode", broken)
    with pytest.raises(RuntimeError, match="must match"):
        predictor(trained_network).predict(noise(1, 16, 16, 16))


@pytest.mark.parametrize("budget", [2**40, TINY_BUDGET])
def test_progress_reaches_its_end_and_the_user_can_stop(trained_network: DualTaskVNet, budget: int) -> None:
    reporter = Remembering()
    image = noise(1, 32, 32, 48)
    predictor(trained_network, memory_budget=budget).predict(image, reporter=reporter)
    done = [step[0] for step in reporter.steps]
    assert done == sorted(done) and done[-1] == pytest.approx(reporter.steps[-1][1])

    class Ending(Remembering):
        def check(self) -> None:
            if len(self.steps) >= 2:
                raise Stopped("cancelled")

    with pytest.raises(Stopped):
        predictor(trained_network, memory_budget=budget).predict(image, reporter=Ending())


def test_bf16_agrees_with_fp32(trained_network: DualTaskVNet, ball_image: NDArray) -> None:
    exact, fast = (
        predictor(trained_network, precision=precision).predict(ball_image) for precision in ("auto", "bf16")
    )
    assert (exact.way["precision"], fast.way["precision"]) == ("fp32", "bf16")
    assert dice_of(exact.labels > 0, fast.labels > 0) > 0.97


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"passes": 0}, "passes"), ({"precision": "fp8"}, "precision"), ({"device": "tpu"}, "tpu")],
)
def test_impossible_wishes_are_refused(settings: dict[str, object], word: str) -> None:
    with pytest.raises(UserError, match=word):
        predictor(DualTaskVNet(width=2), **settings)


def tile_budget(network: DualTaskVNet, image: NDArray) -> int:
    """Bytes that hold all passes of the image but only the smallest tiles."""
    from ugmcl.devices.memory import kept_bytes, whole_volume_bytes

    sides = image.shape[1:]
    padded = [max(32, side) for side in sides]
    tile = whole_volume_bytes(PATCH, width=network.width, classes=3)
    return tile + kept_bytes(padded, classes=3, passes=3, per_pass=True)


def dice_of(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float(2 * (a & b).sum() / max(1, a.sum() + b.sum()))
