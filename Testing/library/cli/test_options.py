"""Values of options: what is read, and what is refused with a line."""

from __future__ import annotations

import argparse

import pytest

from ugmcl.cli import options


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", ""])
def test_counts_start_at_one(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        options.at_least(1)(text)


def test_counts_are_read() -> None:
    assert options.at_least(1)("8") == 8


@pytest.mark.parametrize("text", ["0", "-2", "inf", "nan", "soon"])
def test_minutes_are_positive_numbers(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        options.positive(text)


def test_names_are_split_at_commas() -> None:
    assert options.names("left atrium, anterior hippocampus,") == ["left atrium", "anterior hippocampus"]
    assert options.names(None) is None
