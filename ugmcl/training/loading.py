"""Settings put together: preset, then a file, then single values; faults become one line for the user."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ugmcl.errors import UserError
from ugmcl.training.settings import TrainingSettings

DEFAULT_PRESET = "fine-tune"
WARMUP_SHARE = 0.1  # a preset's warm-up is shortened to this share of a short training
SCHEMA_FILE = Path(__file__).with_name("settings.schema.json")


def preset_names() -> list[str]:
    """Names of the presets that come with the library."""
    folder = resources.files("ugmcl.training") / "presets"
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".toml"))


def read_preset(name: str) -> dict[str, Any]:
    """Values of a preset by name.

    Raises:
        UserError: there is no such preset.
    """
    if name not in preset_names():
        raise UserError(f"there is no preset {name!r}", None, f"Choose from {', '.join(preset_names())}")
    text = (resources.files("ugmcl.training") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_settings_file(path: Path | str) -> dict[str, Any]:
    """Values of a ``.toml`` or ``.json`` file; a run's ``settings.json`` is such a file.

    Raises:
        UserError: the file is absent, or not a table of names and values.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("the settings file cannot be read", path, "Check the path") from error
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"the settings file is damaged ({error})", path, "Correct the file") from error
    if not isinstance(values, dict):
        raise UserError("the settings file holds no names and values", path, "Write name = value lines")
    return values


def parse_overrides(pairs: Iterable[str]) -> dict[str, Any]:
    """``["passes=2", "patch=48,64,48"]`` as values; after ``=`` comes TOML, a word, or a list by commas.

    Raises:
        UserError: a piece has no ``=``.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or not name.strip():
            raise UserError(f"{pair!r} is not of the form name=value", "--set", "Write for example passes=2")
        values[name.strip().replace("-", "_")] = _parse_value(text.strip())
    return values


def load_settings(
    preset: str | None = DEFAULT_PRESET,
    file: Path | str | None = None,
    overrides: Mapping[str, Any] | Iterable[str] = (),
) -> TrainingSettings:
    """Effective settings: the preset's values, replaced by the file's, replaced by ``overrides``.

    Args:
        preset: name of a preset; None starts from the defaults, which are the paper's values.
        file: ``.toml`` or ``.json``; it may name its ``preset`` itself.
        overrides: a mapping, or pieces of the form ``name=value``.

    Raises:
        UserError: unknown name, value out of bounds, or values that do not fit together.
    """
    from_file = read_settings_file(file) if file is not None else {}
    preset = from_file.pop("preset", preset)
    single = dict(overrides) if isinstance(overrides, Mapping) else parse_overrides(overrides)
    chosen = {**from_file, **single}
    values = {**(read_preset(preset) if preset else {}), **chosen}
    iterations = values.get("iterations")
    if "warmup" not in chosen and isinstance(iterations, int):
        values["warmup"] = min(values.get("warmup", 0), int(WARMUP_SHARE * iterations))
    settings = check_settings(values, where=file or "settings")
    settings._explicit = frozenset(chosen)
    return settings


def check_settings(values: Mapping[str, Any], where: object = "settings") -> TrainingSettings:
    """``values`` as settings; the first fault is told in one line.

    Raises:
        UserError: see `load_settings`.
    """
    try:
        return TrainingSettings.model_validate(dict(values))
    except ValidationError as error:
        raise _as_user_error(error, where) from error


def change_settings(settings: TrainingSettings, changes: Mapping[str, Any]) -> TrainingSettings:
    """A checked copy with some values changed, which do not count as chosen by the user."""
    changed = check_settings({**settings.model_dump(), **changes})
    changed._explicit = settings.explicit
    return changed


def settings_schema() -> str:
    """The JSON schema as text, as committed in ``settings.schema.json``."""
    return json.dumps(TrainingSettings.model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def _as_user_error(error: ValidationError, where: object) -> UserError:
    faults = error.errors()
    first = faults[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    message = str(first["msg"]).removeprefix("Value error, ")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if first["type"] == "extra_forbidden":
        close = _closest(name)
        remedy = f"Did you mean {close}" if close else "The names are listed by: ugmcl train --help"
        return UserError(f"there is no setting {name!r}{more}", where, remedy)
    if not name:
        return UserError(f"{message}{more}", where, "Change one of the two")
    given = first.get("input")
    remedy = TrainingSettings.model_fields[name].description or ""
    return UserError(f"{name} = {_short(given)}: {_lower(message)}{more}", where, remedy)


def _closest(name: str) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, list(TrainingSettings.model_fields), n=1)
    return found[0] if found else ""


def _parse_value(text: str) -> Any:
    if text.lower() in ("none", "null"):
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        if "," in text:
            return [_parse_value(piece.strip()) for piece in text.split(",") if piece.strip()]
        return text


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
