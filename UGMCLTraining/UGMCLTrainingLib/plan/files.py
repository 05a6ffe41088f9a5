"""Settings as a file: the same form that ``ugmcl train --settings`` reads."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError


def read_settings_file(path: Path) -> tuple[str, dict[str, Any]]:
    """The preset that the file names ("" for none) and its values; what they are worth, the check says.

    Raises:
        UserError: it cannot be read, or holds no names and values.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as fault:
        raise UserError(
            _("this file cannot be read ({reason})").format(reason=fault.strerror), path, _("Check the path")
        ) from fault
    except ValueError as fault:
        raise UserError(_("this file is damaged"), path, _("Choose a settings file")) from fault
    if not isinstance(values, dict):
        raise UserError(_("this file holds no names and values"), path, _("Choose a settings file"))
    return str(values.pop("preset", "") or ""), values


def write_settings_file(path: Path, preset: str, values: dict[str, Any]) -> None:
    """Whole or not at all.

    Raises:
        UserError: no room, or no right to write there.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps({"preset": preset, **values}, indent=1) + "\n", encoding="utf-8")
        os.replace(part, path)
    except OSError as fault:
        part.unlink(missing_ok=True)
        raise UserError(
            _("the settings cannot be saved ({reason})").format(reason=fault.strerror),
            path,
            _("Choose another place"),
        ) from fault
