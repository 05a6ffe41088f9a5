"""``ugmcl doctor`` says what matters, and nothing about the user."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ugmcl.cli import diagnostics
from ugmcl.cli import main as program


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["doctor"]) == 0
    text = capsys.readouterr().out
    for word in ("ugmcl:", "torch 2.", "device:", "cores", "GiB free", "8 cases, verified", "data folder:"):
        assert word in text, text
    assert "unknown:" not in text


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (
        facts["packages"]["numpy"] and isinstance(facts["models"], list) and isinstance(facts["advice"], list)
    )


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("/home/jane.doe/models", "/home/…/models"),
        ("/Users/jane/Library", "/Users/…/Library"),
        (r"C:\Users\Jane\AppData", r"C:\Users\…\AppData"),
        ("/data/models", "/data/models"),
    ],
)
def test_no_user_names(text: str, short: str) -> None:
    assert diagnostics.shorten(text) == short


def test_ones_own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics.Path, "home", lambda: Path("/srv/people/jane"))
    assert diagnostics.shorten("/srv/people/jane/x") == str(Path("~/x"))


def test_a_fact_that_fails_does_not_end_the_doctor() -> None:
    def broken() -> None:
        raise ImportError("No module named 'torch'")

    assert diagnostics.attempt(broken) == "unknown: No module named 'torch'"


def test_advice_names_what_is_missing() -> None:
    packages: dict[str, str | None] = dict.fromkeys(diagnostics.PACKAGES, "1.0")
    packages["monai"] = None
    facts = {"packages": packages, "cards": ["cuda:0"], "models": [], "data folder": "x, NOT WRITABLE"}
    found = diagnostics.advice(facts)
    assert len(found) == 3 and "monai is missing" in found[0] and "ugmcl models import" in found[1]
