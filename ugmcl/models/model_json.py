"""`model.json`: a `ModelPackage` from JSON and back, foreign, newer and damaged files refused in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl import __version__
from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.models.description import (
    DESCRIPTION,
    FORMAT,
    FORMAT_NAME,
    FORMAT_NUMBER,
    ModelPackage,
    UncertaintySpec,
    WeightsFile,
    check_package,
)
from ugmcl.volumes.segment import Segment

LARGEST_DESCRIPTION = 16 * 2**20  # bytes; ours have some thousand
_TEXTS = ("title", "description", "intended_use", "licence", "citation", "attribution")
_AGAIN = "Get the model again from where it came from"


def package_to_json(package: ModelPackage) -> dict[str, Any]:
    """The content of model.json."""
    uncertainty, weights = package.uncertainty, package.weights
    return {
        "format": FORMAT,
        "needs": f"ugmcl {__version__}",
        "name": package.name,
        "version": package.version,
        **{key: getattr(package, key) for key in _TEXTS},
        "network": package.network,
        "weights": {"file": weights.file, "sha256": weights.sha256, "precision": weights.precision},
        "segments": [segment.to_json() for segment in package.segments],
        "input": package.input.to_json(),
        "uncertainty": {
            "passes": uncertainty.passes,
            "source": uncertainty.source,
            "temperature": uncertainty.temperature,
            "rim": uncertainty.rim,
            "confidence_map": uncertainty.confidence_map,
            "flip_axes": list(uncertainty.flip_axes),
        },
        "one_piece": package.one_piece,
        "figures": package.figures,
        "training": package.training,
        "pictures": package.pictures,
    }


def description_text(package: ModelPackage) -> str:
    """model.json as text; the same package gives the same bytes."""
    text = json.dumps(package_to_json(package), default=_plain)
    finite = json.loads(text, parse_constant=lambda name: None)  # NaN is no JSON; other readers would stumble
    return json.dumps(finite, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_read(package: ModelPackage) -> ModelPackage:
    """The package as a reader will find it: numpy's numbers are plain ones, NaN is None, tuples are lists."""
    return package_from_json(json.loads(description_text(package)), package.path)


def read_description(file: Path) -> ModelPackage:
    """The package that a model.json describes (`ModelPackage.path` is its folder); weights are not looked at.

    Raises:
        UserError: it cannot be read, is damaged, of another program, or of a newer version.
    """
    data = _read_json(file)
    _check_format(data, file)
    try:
        package = package_from_json(data, file.parent)
    except UserError as fault:
        raise UserError(
            f"the model's description is damaged: {str(fault).rstrip('.')}", file, _AGAIN
        ) from fault
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as fault:
        reason = f"the key {fault} is missing" if isinstance(fault, KeyError) else str(fault)
        raise UserError(f"the model's description is damaged: {reason}", file, _AGAIN) from fault
    return check_package(package, file)


def package_from_json(data: Mapping[str, Any], path: Path | None = None) -> ModelPackage:
    """Inverse of `package_to_json`, without the checks of `read_description`."""
    network, weights, uncertainty = data["network"], data["weights"], data.get("uncertainty") or {}
    for key in ("network", "weights", "input"):
        if not isinstance(data[key], Mapping):
            raise ValueError(f"{key} is no object")
    return ModelPackage(
        name=str(data["name"]),
        version=str(data["version"]),
        **{key: str(data.get(key) or "") for key in _TEXTS},
        network={"kind": network["kind"], "arguments": dict(network.get("arguments") or {})},
        weights=WeightsFile(
            str(weights["file"]), str(weights["sha256"]).lower(), str(weights.get("precision", "fp16"))
        ),
        segments=tuple(Segment.from_json(segment) for segment in data["segments"]),
        input=InputSpec.from_json(data["input"]),
        uncertainty=_uncertainty(uncertainty),
        one_piece=data.get("one_piece") is True,
        figures=[dict(figure) for figure in data.get("figures") or ()],
        training=dict(data.get("training") or {}),
        pictures=[dict(picture) for picture in data.get("pictures") or ()],
        path=path,
    )


def _uncertainty(data: Mapping[str, Any]) -> UncertaintySpec:
    rim, confidence_map = data.get("rim"), data.get("confidence_map")
    return UncertaintySpec(
        passes=int(data.get("passes", 8)),
        source=str(data.get("source", "student")),
        temperature=float(data.get("temperature", 1.0)),
        rim=None if rim is None else dict(rim),
        confidence_map=None if confidence_map is None else dict(confidence_map),
        flip_axes=tuple(str(axis) for axis in data.get("flip_axes") or ()),
    )


def _read_json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        where = file.parent
        if not where.exists():
            raise UserError("there is no such model", where, "See the known ones with: ugmcl models list")
        raise UserError(f"this folder is no model: it has no {DESCRIPTION}", where, "Name a model's folder")
    try:
        if file.stat().st_size > LARGEST_DESCRIPTION:
            raise ValueError("it is far too large")
        data = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as fault:  # also: bytes that are no UTF-8
        raise UserError(f"the model's description is damaged ({fault})", file, _AGAIN) from fault
    except OSError as fault:
        raise UserError(
            f"cannot be read ({fault.strerror})", file, "Choose a place that you may read"
        ) from fault
    if not isinstance(data, dict):
        raise UserError("the model's description is damaged (no JSON object)", file, _AGAIN)
    return data


def _check_format(data: Mapping[str, Any], file: Path) -> None:
    """The format's name and number; a higher number names the version that can read it."""
    name, _, number = str(data.get("format", "")).partition("/")
    if name != FORMAT_NAME or not number.isdecimal():
        raise UserError(
            f"this is no model of ours (format {data.get('format')!r}, expected {FORMAT!r})", file,
            "Choose a model that UG-MCL wrote",
        )  # fmt: skip
    if int(number) > FORMAT_NUMBER:
        needs = data.get("needs")
        needed = (
            " ".join(needs.split())
            if isinstance(needs, str) and needs.strip()
            else f"ugmcl after {__version__}"
        )
        raise UserError(
            f"this model has format {number}, ugmcl {__version__} reads up to {FORMAT_NUMBER}", file,
            f"Update: {needed[:60]} or newer can read it",
        )  # fmt: skip


def _plain(value: object) -> Any:
    """Numbers of numpy, paths and tuples as JSON knows them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path):
        return value.name
    raise TypeError(f"model.json cannot hold a {type(value).__name__}")
