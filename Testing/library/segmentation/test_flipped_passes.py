"""Passes that see the image mirrored: their mean, their order, tiles, and what it costs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from ugmcl.models.package import ModelPackage, UncertaintySpec
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.passes import PassRunner, all_flips, draw_passes
from ugmcl.segmentation.predictor import Predictor

PATCH = (32, 32, 32)


def predictor(network: torch.nn.Module, **options: object) -> Predictor:
    return Predictor(network, **{"passes": 4, "patch_zyx": PATCH, "device": "cpu", "fold": False, **options})


@pytest.fixture(scope="module")
def image(make_balls: Callable) -> np.ndarray:
    return make_balls((30, 34, 37), seed=4)[0].astype(np.float32)  # odd sides: padded unevenly


def test_every_combination_of_axes_the_plain_image_first() -> None:
    assert all_flips(()) == [()]
    assert all_flips(("x", "y")) == [(), ("x",), ("y",), ("x", "y")]


def test_the_mean_is_that_of_mirrored_images_brought_back(
    trained_network: DualTaskVNet, image: np.ndarray
) -> None:
    """Against the network itself, called once for each pass with the same masks."""
    found = predictor(trained_network, flip_axes=("x", "y")).predict(image)
    pad = [(0, 0), (1, 1), (7, 7), (5, 6)]
    box = torch.from_numpy(np.pad(image, pad))[None]
    total = np.zeros(found.probability.shape)
    dimensions = [(), (-1,), (-2,), (-2, -1)]
    trained_network.eval()
    for masks, turned in zip(draw_passes(trained_network, 4, seed=0), dimensions, strict=True):
        with torch.no_grad():
            p = trained_network(box.flip(turned) if turned else box, masks).logits.softmax(dim=1)
        p = p.flip(turned) if turned else p
        total += p[0, :, 1:31, 7:41, 5:42].numpy()
    np.testing.assert_allclose(found.probability, total / 4, atol=2e-4)
    assert found.way["flip_axes"] == ["x", "y"]


def test_a_mirrored_image_gives_the_mirrored_result(trained_network: DualTaskVNet, image: np.ndarray) -> None:
    """Two passes without dropout, plain and mirrored: the sum does not know left from right."""
    image = image[..., :32]  # an even side: the padding is symmetrical
    runner = predictor(trained_network, flip_axes=("x",), passes=2)
    runner.network.dropout = 0.0
    still = Predictor(runner.network, passes=2, patch_zyx=PATCH, device="cpu", flip_axes=("x",))
    assert still.passes == 2
    a = still.predict(image).probability
    b = still.predict(np.ascontiguousarray(image[..., ::-1])).probability[..., ::-1]
    np.testing.assert_allclose(a, b, atol=1e-5)
    plain = Predictor(runner.network, passes=2, patch_zyx=PATCH, device="cpu")
    assert plain.passes == 1
    c = plain.predict(image).probability
    d = plain.predict(np.ascontiguousarray(image[..., ::-1])).probability[..., ::-1]
    assert np.abs(c - d).max() > 1e-3, "without flips the network does know left from right"


def test_the_encoder_runs_once_for_each_flip(
    trained_network: DualTaskVNet, image: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []
    original = PassRunner._turn_to

    def spy(self: PassRunner, number: int, encoded: object) -> None:
        if encoded.flipped != number:  # type: ignore[attr-defined]
            turns.append(number)
        original(self, number, encoded)  # type: ignore[arg-type]

    monkeypatch.setattr(PassRunner, "_turn_to", spy)
    predictor(trained_network, flip_axes=("x",), passes=8).predict(image)
    assert turns == [0, 1]


def test_tiles_agree_with_the_whole(trained_network: DualTaskVNet, make_balls: Callable) -> None:
    image = make_balls((64, 64, 80), seed=5)[0].astype(np.float32)
    whole = predictor(trained_network, flip_axes=("x",)).predict(image)
    tiled = predictor(trained_network, flip_axes=("x",), memory_budget=30_000_000).predict(image)
    assert tiled.way["mode"] == "tiles"
    a, b = whole.labels > 0, tiled.labels > 0
    assert 2 * (a & b).sum() / (a.sum() + b.sum()) > 0.97


def test_the_model_says_along_which_axes(ball_model: ModelPackage, trained_network: DualTaskVNet) -> None:
    from dataclasses import replace

    from ugmcl.models.model_json import package_from_json, package_to_json
    from ugmcl.segmentation.case import Segmenter

    model = replace(ball_model, uncertainty=UncertaintySpec(flip_axes=("x", "z")))
    again = package_from_json(package_to_json(model))
    assert again.uncertainty.flip_axes == ("x", "z")
    assert Segmenter(model, network=trained_network).predictor.flip_axes == ("x", "z")
