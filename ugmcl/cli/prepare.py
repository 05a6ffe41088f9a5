"""``ugmcl prepare``: the check of a data set, and its preparation."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal
from ugmcl.errors import UserError

if TYPE_CHECKING:
    from ugmcl.data.finding import Finding

BAD_INPUT = 2


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument(
        "dataset", metavar="DATASET", help="folder, manifest (.json, .csv), or Decathlon / nnU-Net folder"
    )
    parser.add_argument("--output", type=options.folder, metavar="CACHE", help="folder of the prepared data")
    parser.add_argument("--check", action="store_true", help="only look for faults and list them all")
    options.add_allow_outside(parser)
    options.add_settings(parser)
    options.add_output_style(parser)
    parser.epilog = "A preparation that was interrupted goes on; a case that changed is prepared anew."
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> int:
    """Checks, or checks and prepares; 2 when --check finds an error."""
    from ugmcl import api
    from ugmcl.cli.train import settings_of

    if arguments.output is None and not arguments.check:
        raise UserError("no place for the prepared data", "ugmcl prepare", "Give --output CACHE, or --check")
    settings = settings_of(arguments)
    with terminal(quiet=arguments.quiet) as reporter:
        if arguments.check:
            seed = {} if settings is None else {"seed": settings.seed}
            found = api.check(
                arguments.dataset, allow_outside=arguments.allow_outside, reporter=reporter, **seed
            )
        else:
            cache = api.prepare(
                arguments.dataset,
                arguments.output,
                settings=settings,
                allow_outside=arguments.allow_outside,
                reporter=reporter,
            )
    if arguments.check:
        printing.result(found, findings_text(found), as_json=arguments.json)
        return BAD_INPUT if any(finding.severity == "error" for finding in found) else 0
    roles = Counter(case.role for case in cache.cases)
    counts = ", ".join(f"{number} {role}" for role, number in roles.items())
    data = {"cache": arguments.output, "cases": roles, "input": cache.spec.to_json()}
    printing.result(
        data, f"{len(cache.cases)} cases ({counts}) prepared in {arguments.output}", as_json=arguments.json
    )
    return 0


def findings_text(findings: Sequence[Finding]) -> str:
    """One line a finding, errors first, and a line with their number."""
    lines = [str(finding) for finding in findings]
    number = Counter(finding.severity for finding in findings)
    lines.append(f"{number['error']} errors, {number['warning']} warnings, {number['note']} notes")
    return "\n".join(lines)
