"""Largest pieces, holes, and labels from resampled probabilities within bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ugmcl.framing.frame import frame_image
from ugmcl.framing.spec import InputSpec
from ugmcl.segmentation.postprocess import fill_holes, keep_largest_component, label_on_input_grid
from ugmcl.volumes.volume import Volume


def test_the_largest_piece_of_every_class_stays() -> None:
    labels = np.zeros((10, 10, 20), dtype=np.uint8)
    labels[1:4, 1:4, 1:4] = 1
    labels[6:8, 6:8, 6:8] = 1
    labels[4, 4, 4] = 1  # touches the large piece by a corner
    labels[1:3, 1:3, 10:12] = 2
    kept = keep_largest_component(labels, 4)
    assert (kept == 1).sum() == 28 and (kept == 2).sum() == 8
    assert kept[6, 6, 6] == 0


def test_the_piece_with_the_most_certain_voxels_stays() -> None:
    labels = np.zeros((10, 10, 20), dtype=np.uint8)
    labels[1:4, 1:4, 1:4] = 1
    labels[5:9, 5:9, 5:9] = 1
    u = np.full(labels.shape, 0.7, np.float32)
    assert keep_largest_component(labels, 2, u)[6, 6, 6] == 1, "nothing is certain: the larger one"
    u[2, 2, 2:4] = u[6, 6, 6] = 0.1
    kept = keep_largest_component(labels, 2, u)
    assert (kept == 1).sum() == 27 and kept[2, 2, 2] == 1
    assert (keep_largest_component(labels, 2) == 1).sum() == 64


def test_holes_are_filled_and_other_classes_kept() -> None:
    labels = np.zeros((9, 9, 9), dtype=np.uint8)
    labels[1:8, 1:8, 1:8] = 1
    labels[3:6, 3:6, 3:6] = 0
    labels[4, 4, 4] = 2
    filled = fill_holes(labels, 3)
    assert filled[3, 3, 3] == 1 and filled[4, 4, 4] == 2 and filled[0, 0, 0] == 0
    open_to_outside = labels.copy()
    open_to_outside[4, 4, 5:] = 0
    assert fill_holes(open_to_outside, 3)[3, 3, 3] == 0


def test_label_and_entropy_come_from_the_resampled_probabilities() -> None:
    """Half the voxel size: between two voxels of certain, different classes lies one in doubt."""
    volume = Volume(np.zeros((1, 4, 4, 9), np.float32) + np.arange(9), np.diag([1.0, 1.0, 1.0, 1.0]))
    framed = frame_image(volume, InputSpec("", ("a",), (2.0, 1.0, 1.0), (16, 16, 16)))
    width = framed.shape_zyx[2]
    probability = np.zeros((2, 4, 4, width), np.float32)
    probability[1, ..., : width // 2] = 1
    probability[0] = 1 - probability[1]
    labels, u = label_on_input_grid(probability, framed)
    assert labels.shape == u.shape == (4, 4, 9)
    row = u[1, 1]
    step = int(np.argmax(row))
    assert 0.5 < row[step] <= 1 and (labels[1, 1, :step] == 1).all() and (labels[1, 1, step + 1 :] == 0).all()
    assert row[0] == 0 and row[-1] == 0


@pytest.mark.parametrize("classes", [3, 12])
def test_memory_does_not_grow_with_the_number_of_classes(classes: int) -> None:
    """At most seven float32 volumes of the input's size, the result included, whatever the classes."""
    volume = Volume(np.random.default_rng(0).random((1, 96, 96, 96), dtype=np.float32), np.eye(4))
    framed = frame_image(volume, InputSpec("", ("a",), (2.0, 2.0, 2.0), (16, 16, 16)))
    probability = np.random.default_rng(1).dirichlet(np.ones(classes), framed.shape_zyx).astype(np.float32)
    probability = np.ascontiguousarray(np.moveaxis(probability, -1, 0))
    tracemalloc.start()
    try:
        label_on_input_grid(probability, framed)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 7 * 4 * 96**3
