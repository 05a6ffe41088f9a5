"""``ugmcl rank``: what to label next."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ugmcl.cli import options, printing
from ugmcl.cli.terminal import terminal

if TYPE_CHECKING:
    from ugmcl.ranking.rank import Ranking

STRATEGIES = ("class_power", "fg_random", "most_uncertain")


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("dataset", metavar="DATASET", help="folder or manifest with unlabelled cases")
    parser.add_argument(
        "--model", required=True, metavar="M", help="name, name@version or folder; see ugmcl models list"
    )
    parser.add_argument(
        "--strategy",
        choices=STRATEGIES,
        default="class_power",
        help="class_power (default): uncertain about each structure in turn, spread by chance in early "
        "rounds; fg_random: by chance among cases with the structures; most_uncertain: plain uncertainty",
    )
    parser.add_argument(
        "--round", type=options.at_least(1), default=1, metavar="I", help="of labelling, from 1 (default)"
    )
    parser.add_argument(
        "--rounds", type=options.at_least(1), default=5, metavar="N", help="planned rounds (default: 5)"
    )
    parser.add_argument("--seed", type=int, default=1337, metavar="S", help="of every draw")
    parser.add_argument(
        "--passes", type=options.at_least(1), metavar="T", help="Monte-Carlo passes; default: the model's"
    )
    parser.add_argument(
        "--output",
        type=options.folder,
        metavar="DIR",
        help="write ranking.csv and ranking.json, and keep the scores for the next call",
    )
    options.add_allow_outside(parser)
    options.add_device(parser)
    options.add_output_style(parser)
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> int:
    """Ranks; prints the cases in order."""
    from ugmcl.data.dataset import load_dataset
    from ugmcl.models.library import find_model
    from ugmcl.ranking.rank import rank_dataset

    with terminal(quiet=arguments.quiet) as reporter:
        ranking = rank_dataset(
            load_dataset(arguments.dataset, allow_outside=arguments.allow_outside),
            find_model(arguments.model),
            strategy=arguments.strategy,
            round_number=arguments.round,
            rounds=arguments.rounds,
            seed=arguments.seed,
            passes=arguments.passes,
            device=arguments.device,
            output=arguments.output,
            reporter=reporter,
        )
    printing.result(ranking.to_json(), ranking_text(ranking), as_json=arguments.json)
    return 0


def ranking_text(ranking: Ranking) -> str:
    """A table: rank, case, score, confidence, reason."""
    confidence = {name: scores["confidence"] for name, scores in ranking.about["scores"].items()}
    width = max(len("case"), *(len(case.case) for case in ranking.cases))
    lines = [f"rank  {'case':{width}}   score  confidence  why"]
    for case in ranking.cases:
        score = "     -" if case.score is None else f"{case.score:6.3f}"
        sure = confidence[case.case]
        sure_text = "         -" if sure is None else f"{sure:10.3f}"
        alike = f" (much like {case.alike})" if case.alike else ""
        lines.append(f"{case.rank:4}  {case.case:{width}}  {score}  {sure_text}  {case.reason}{alike}")
    lines += [f"left out: {name}: {reason}" for name, reason in ranking.failed.items()]
    return "\n".join(lines)
