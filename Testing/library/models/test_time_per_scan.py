"""The time for one scan among a model's figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ugmcl.models.package import ModelPackage
from ugmcl.models.time_per_scan import METRIC, time_elsewhere, time_figure, with_time


def test_a_newer_time_of_the_same_computer_replaces_the_older(describe: Callable[..., ModelPackage]) -> None:
    model = describe()
    assert time_elsewhere(model) is None
    before = model.figures
    for seconds in ([12.0, 14.0], [10.0]):
        figure = time_figure(seconds, "4 cores", {"dataset": "D", "split": "test"})
        model = replace(model, figures=with_time(model, figure))
    assert model.figures[:-1] == before
    assert model.figures[-1]["metric"] == METRIC and "sd" not in model.figures[-1]
    assert time_elsewhere(model) == (10.0, "4 cores")
    other = time_figure([1.0, 3.0], "a card", {})
    assert other["value"] == 2.0 and other["sd"] == pytest.approx(1.41) and other["cases"] == 2
    assert len(with_time(model, other)) == len(before) + 2
