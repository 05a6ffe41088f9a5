"""Learning rate and teacher against values computed by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn

from ugmcl.training.schedule import learning_rate_factor
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.teacher import ema_decay, make_teacher, update_teacher


def test_step_schedule_of_the_paper() -> None:
    paper = TrainingSettings()
    rates = [paper.learning_rate * learning_rate_factor(paper, t) for t in (0, 2499, 2500, 4999, 5000, 5999)]
    assert rates == pytest.approx([0.01, 0.01, 0.001, 0.001, 0.0001, 0.0001])


def test_poly_cosine_and_warm_up(tiny: Callable[..., TrainingSettings]) -> None:
    poly = tiny(schedule="poly", iterations=100)
    assert learning_rate_factor(poly, 50) == pytest.approx(0.5**0.9)
    cosine = tiny(schedule="cosine", iterations=110, warmup=10)
    assert [learning_rate_factor(cosine, t) for t in (0, 4, 9)] == pytest.approx([1 / 11, 5 / 11, 10 / 11])
    assert learning_rate_factor(cosine, 10) == pytest.approx(1.0)
    assert learning_rate_factor(cosine, 35) == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))
    assert learning_rate_factor(cosine, 109) < 0.001
    assert learning_rate_factor(tiny(schedule="constant"), 7) == 1.0


def test_decay_starts_at_zero_and_is_capped() -> None:
    assert [ema_decay(t, 0.99) for t in (0, 1, 3, 98, 99, 5000)] == pytest.approx(
        [0.0, 0.5, 0.75, 1 - 1 / 99, 0.99, 0.99]
    )


def test_teacher_is_the_moving_average_and_takes_the_student_s_buffers() -> None:
    student = nn.Sequential(nn.Conv3d(1, 1, 1), nn.BatchNorm3d(1))
    teacher = make_teacher(student)
    values = [3.0, 5.0, 11.0]
    expected = 0.0
    for t, value in enumerate(values):
        with torch.no_grad():
            student[0].weight.fill_(value)
            student[1].running_mean.fill_(10 * value)
            teacher[1].running_mean.fill_(-1.0)  # what noisy passes left behind
        update_teacher(teacher, student, t, 0.6)
        alpha = min(1 - 1 / (t + 1), 0.6)
        expected = alpha * expected + (1 - alpha) * value
        assert teacher[0].weight.item() == pytest.approx(expected)
        assert teacher[1].running_mean.item() == 10 * value
    # t = 0 copies 3; t = 1 halves: 4; t = 2 keeps 0.6: 2.4 + 4.4
    assert expected == pytest.approx(6.8)
    assert not any(parameter.requires_grad for parameter in teacher.parameters())
