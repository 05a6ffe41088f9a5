"""``ugmcl doctor``: what is installed, which device is used and why, memory, disk, models."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from ugmcl.cli import diagnostics, printing


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.epilog = "The text holds no patient data and no user name; it may be pasted into a report."
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> None:
    """Prints all facts."""
    facts = diagnostics.gather()
    printing.result(facts, as_text(facts), as_json=arguments.json)


def as_text(facts: Mapping[str, Any]) -> str:
    """One line a fact; lists below their name."""
    width = max(len(name) for name in facts) + 1
    lines = []
    for name, fact in facts.items():
        if isinstance(fact, Mapping):
            fact = ", ".join(f"{key} {value or 'MISSING'}" for key, value in fact.items()) or "none"
        if isinstance(fact, list):
            fact = f"\n{'':{width + 1}}".join(fact) or "none"
        lines.append(f"{name + ':':{width}} {fact}")
    return "\n".join(lines)
