"""The card says what a reader needs before he trusts a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ugmcl.models.card import card_text
from ugmcl.models.package import ModelPackage

Describe = Callable[..., ModelPackage]


def test_a_card_tells_use_terms_figures_and_how_to_print_them_again(describe: Describe) -> None:
    text = card_text(
        describe(intended_use="Research on livers.", attribution="Data by X", description="What it is.")
    )
    assert "not a medical device" in text
    assert "Research on livers." in text and "CC BY 4.0" in text and "Data by X" in text
    assert "| Dice | 腎臓 | 0.9123 ± 0.021 | D / E | test | 4 | 1 | no |" in text
    assert "```\nugmcl evaluate --model tiny\n```" in text
    assert "| 1 | Leber, größer | Liver | 10200004 |" in text
    assert "6 Monte-Carlo passes; weights of the teacher; temperature 1.25" in text
    assert "0.9 × 0.9 × 2 to 1.1 × 1.1 × 3 mm" in text


def test_a_card_says_what_is_missing(describe: Describe) -> None:
    bare = describe(figures=[], licence="")
    text = card_text(replace(bare, uncertainty=replace(bare.uncertainty, confidence_map=None, rim=None)))
    assert "No figures were measured." in text
    assert "the confidence is shown as what it is" in text
    assert "## Data and terms\n\nNot stated." in text


def test_a_card_names_a_twin_and_says_each_condition_once(describe: Describe) -> None:
    row = {"metric": "Dice", "value": 0.9, "condition": "settings were chosen on these scans"}
    rows = [{**row, "measured_on": "its twin"}, {**row, "metric": "ASD, mm", "measured_on": "its twin"}]
    text = card_text(describe(figures=rows))
    assert "These figures were measured with its twin." in text
    assert text.count("settings were chosen on these scans") == 1
    assert "1. settings were chosen" in text and text.count("| no | 1 |") == 2
    text = card_text(describe(figures=[*rows, {"metric": "seconds per scan", "value": 3.1, "note": "on X"}]))
    assert "with its twin, some with this package." in text
    assert text.count("| no | 1 |") == 2 and text.count("| no | 2 |") == 1 and "\n2. on X" in text
