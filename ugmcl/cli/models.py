"""``ugmcl models``: the library of models."""

from __future__ import annotations

import argparse
from pathlib import Path

from ugmcl.cli import printing
from ugmcl.cli.parser import Parser

BAD_INPUT = 2


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the actions and their options."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, parser_class=Parser)
    _action(actions, "list", list_all, "every model: shipped, a site's (UGMCL_MODELS), your own")
    _action(actions, "show", show, "a model's card").add_argument(
        "model", metavar="MODEL", help="name, name@version or folder"
    )
    _action(actions, "import", take_in, "a model into your own library, after verification").add_argument(
        "source", metavar="FILE|FOLDER", help="a model's zip or folder, or a run's folder"
    )
    give = _action(actions, "export", give_out, "a model as a zip")
    give.add_argument("model", metavar="MODEL", help="name, name@version or folder")
    give.add_argument("archive", metavar="ZIP", help="the file to write")
    _action(actions, "verify", verify, "SHA-256 sums and description of one model or of all").add_argument(
        "model", nargs="?", metavar="MODEL", help="default: every model"
    )
    _action(actions, "remove", remove, "one of your own models").add_argument("model", metavar="MODEL")


def _action(
    actions: argparse._SubParsersAction, name: str, function, summary: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(function=function)
    return parser


def list_all(arguments: argparse.Namespace) -> None:
    """Prints every model, damaged ones too."""
    from ugmcl import api

    entries = api.list_models()
    data = [
        {
            "name": e.name,
            "version": e.version,
            "title": e.title,
            "place": e.place.kind,
            "path": e.path,
            "fault": e.fault,
        }
        for e in entries
    ]
    rows = [(entry.id, entry.title, entry.place.words) for entry in entries]
    text = printing.table(["model", "title", "place"], rows) if rows else "No model is installed."
    printing.result(data, text, as_json=arguments.json)


def show(arguments: argparse.Namespace) -> None:
    """Prints a model's card."""
    from ugmcl import api
    from ugmcl.models.card import card_text
    from ugmcl.models.model_json import package_to_json

    package = api.find_model(arguments.model)
    printing.result(
        {**package_to_json(package), "path": package.path},
        f"{card_text(package)}\nFolder: {package.path}",
        as_json=arguments.json,
    )


def take_in(arguments: argparse.Namespace) -> None:
    """Imports a model."""
    from ugmcl import api

    package = api.import_model(arguments.source)
    printing.result(
        {"model": package.id, "path": package.path},
        f"{package.id} is in {package.path}",
        as_json=arguments.json,
    )


def give_out(arguments: argparse.Namespace) -> None:
    """Exports a model."""
    from ugmcl.models.exchange import export_model

    archive = export_model(arguments.model, Path(arguments.archive))
    printing.result({"archive": archive}, f"Written: {archive}", as_json=arguments.json)


def verify(arguments: argparse.Namespace) -> int:
    """Verifies one model or all; 2 when one is damaged."""
    from ugmcl import api
    from ugmcl.models.library import verify_model
    from ugmcl.models.package import verify_weights

    if arguments.model:
        faults = {verify_weights(api.find_model(arguments.model)).id: ""}
    else:
        faults = {entry.id: verify_model(entry) for entry in api.list_models()}
    text = (
        "\n".join(f"{name}: {fault or 'sound'}" for name, fault in faults.items()) or "No model is installed."
    )
    printing.result(faults, text, as_json=arguments.json)
    return BAD_INPUT if any(faults.values()) else 0


def remove(arguments: argparse.Namespace) -> None:
    """Removes one of the user's own models."""
    from ugmcl.models.exchange import remove_model

    folder = remove_model(arguments.model)
    printing.result({"removed": folder}, f"Removed: {folder}", as_json=arguments.json)
