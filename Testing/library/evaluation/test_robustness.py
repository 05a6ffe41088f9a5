"""Perturbations move image and label alike; the table says what changed and whether it was noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ugmcl.evaluation.perturbations import perturbations
from ugmcl.evaluation.robustness import UNCHANGED, Robustness
from ugmcl.volumes.geometry import spacing_mm
from ugmcl.volumes.volume import Volume


@pytest.fixture
def ball() -> tuple[Volume, Volume]:
    """A bright ball of 12 mm radius in a volume of 0.8 x 0.8 x 1.6 mm, off centre, on oblique-free axes."""
    affine = np.diag([0.8, 0.8, 1.6, 1.0])
    affine[:3, 3] = (-20.0, 15.0, 7.0)
    z, y, x = np.meshgrid(np.arange(40) * 1.6, np.arange(70) * 0.8, np.arange(80) * 0.8, indexing="ij")
    inside = (z - 30) ** 2 + (y - 26) ** 2 + (x - 30) ** 2 < 12**2
    noise = np.random.default_rng(0).normal(0, 5, inside.shape)
    return Volume((200 * inside + noise).astype(np.float32), affine), Volume(inside.astype(np.uint8), affine)


def centre_and_volume(label: Volume) -> tuple[np.ndarray, float]:
    """LPS centre in mm, and mL."""
    index = np.argwhere(label.array[0] > 0)[:, ::-1]
    centre = (label.affine @ [*index.mean(axis=0), 1.0])[:3]
    return centre, len(index) * float(np.prod(spacing_mm(label.affine))) / 1000


@pytest.mark.parametrize("name", [name for name, _ in perturbations()])
def test_the_label_stays_on_the_structure(name: str, ball: tuple[Volume, Volume]) -> None:
    change = dict(perturbations())[name]
    image, label = change(*ball)
    assert image.shape_zyx == label.shape_zyx
    np.testing.assert_allclose(image.affine, label.affine)
    before, size = centre_and_volume(ball[1])
    after, changed = centre_and_volume(label)
    np.testing.assert_allclose(after, before, atol=0.25)
    assert changed == pytest.approx(size, rel=0.03)
    inside = label.array[0] > 0
    assert image.array[0][inside].mean() > image.array[0][~inside].mean() + 0.5 * image.array[0].std()


def test_grids_are_what_their_names_say(ball: tuple[Volume, Volume]) -> None:
    changed = {name: change(*ball)[0] for name, change in perturbations()}
    assert spacing_mm(changed["voxels of 1.25 mm"].affine) == pytest.approx((1.25, 1.25, 1.25))
    closer, wider = changed["crop 10 mm closer"], changed["synthetic surroundings, 40 mm"]
    assert all(a < b for a, b in zip(closer.shape_zyx, ball[0].shape_zyx, strict=True))
    assert wider.shape_zyx == tuple(
        n + 2 * round(40 / s) for n, s in zip(ball[0].shape_zyx, (1.6, 0.8, 0.8), strict=True)
    )
    turned = changed["oblique by 15 degrees"].affine[:3, :3]
    axis = turned[:, 0] / np.linalg.norm(turned[:, 0])
    assert np.degrees(np.arccos(axis[0])) == pytest.approx(15.0, abs=0.1)


def row(case: str, perturbation: str, dice: float, confidence: float, entropy: float) -> dict:
    return {
        "case": case, "perturbation": perturbation, "segment": "a", "dice": dice,
        "confidence": confidence, "entropy": entropy,
    }  # fmt: skip


def test_table_and_failures_by_hand(tmp_path: Path) -> None:
    found = Robustness(
        (
            row("one", UNCHANGED, 0.9, 0.95, 0.1),
            row("two", UNCHANGED, 0.8, 0.90, 0.2),
            row("one", "turned", 0.7, 0.60, 0.1),
            row("two", "turned", 0.8, 0.85, 0.3),
        )
    )
    turned = found.table()[1]
    assert turned["dice"] == pytest.approx(0.75)
    assert turned["change"] == pytest.approx(-0.1)
    assert turned["worst_change"] == pytest.approx(-0.2)
    detection = found.failure_detection()
    assert (detection["images"], detection["failures"]) == (4, 1)
    assert detection["auroc_confidence"] == 1.0  # the only failure has the least confidence
    assert detection["auroc_entropy"] == pytest.approx(0.5 / 3)  # and shares the least entropy with a success
    found.save(tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().splitlines()[3] == "one,turned,a,0.70000,0.60000,0.10000"


def test_rows_for_the_card() -> None:
    found = Robustness(
        (
            row("one", UNCHANGED, 0.9, 0.95, 0.1),
            row("two", UNCHANGED, 0.8, 0.90, 0.2),
            row("one", "turned", 0.7, 0.60, 0.1),
            row("two", "turned", 0.8, 0.85, 0.3),
        )
    )
    about = {"dataset": "d", "split": "validation", "seed": 1, "seen_in_training": False, "command": "c"}
    rows = found.figures(about)
    assert [r["metric"] for r in rows] == [
        "change of Dice, turned",
        "AUROC of pairwise Dice of the passes for failed cases",
        "AUROC of mean entropy for failed cases",
    ]
    assert rows[0]["value"] == pytest.approx(-0.1) and "worst case -0.200" in rows[0]["note"]
    assert rows[1]["value"] == 1.0 and "4 images" in rows[1]["note"] and "1 below 0.80" in rows[1]["note"]
    assert all(r["command"] == "c" and r["cases"] == 2 for r in rows)
