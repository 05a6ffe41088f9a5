"""What a model says about itself: the content of `model.json` as data classes, and what must hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.models.plain_names import is_plain_name
from ugmcl.volumes.segment import Segment

FORMAT_NAME, FORMAT_NUMBER = "ugmcl-model", 1
FORMAT = f"{FORMAT_NAME}/{FORMAT_NUMBER}"
DESCRIPTION, WEIGHTS, CARD = "model.json", "weights.safetensors", "card.md"
PRECISIONS = ("fp16", "fp32")
SOURCES = ("teacher", "student")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,31}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class WeightsFile:
    """Which file holds the weights: its name beside model.json, SHA-256 (hexadecimal) and precision."""

    file: str = WEIGHTS
    sha256: str = ""
    precision: str = "fp16"


@dataclass(frozen=True)
class UncertaintySpec:
    """How this model tells its doubt.

    Attributes:
        passes: default number of Monte-Carlo passes T.
        source: whose weights these are, ``teacher`` or ``student``.
        temperature: logits are divided by it; 1 where nothing was fitted.
        rim: profile of the uncertainty around surfaces (`ugmcl.segmentation.rim`), or None.
        confidence_map: ``pairwise_dice`` (ascending) and the ``expected_dice`` they stand for, or None.
        flip_axes: axes of the framed image (``x``, ``y``, ``z``) along which passes mirror it in turn; none
            where anatomy forbids it.
    """

    passes: int = 8
    source: str = "student"
    temperature: float = 1.0
    rim: dict[str, Any] | None = None
    confidence_map: dict[str, Any] | None = None
    flip_axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelPackage:
    """What `model.json` says; class c of the network is ``segments[c - 1]``, class 0 the background.

    Attributes:
        name: ASCII letters, digits and ``._-``; how the library calls it.
        version: in its own words, e.g. ``1.0``.
        network: ``{"kind": …, "arguments": {…}}`` for `ugmcl.networks.registry.build_network`.
        segments: the classes 1..C-1.
        input: what the network expects of an image.
        title, description, intended_use, licence, citation, attribution: for people.
        weights: the weights' file.
        uncertainty: passes, temperature and calibration.
        one_piece: every structure is in one piece: unless told otherwise only the largest piece is kept.
        figures: measured values: ``metric``, ``segment``, ``dataset``, ``split``, ``seed``, ``value`` (and
            ``sd``, ``cases``), ``seen_in_training``, ``command`` that prints it again, ``note`` and
            ``condition`` in words, ``measured_on`` where other weights than these were measured.
        training: method, settings, data summary without patient data, code version, date.
        pictures: ``{"file", "caption"}`` of the card's pictures.
        path: the folder it was read from; None before it was written.
    """

    name: str
    version: str
    network: dict[str, Any]
    segments: tuple[Segment, ...]
    input: InputSpec
    title: str = ""
    description: str = ""
    intended_use: str = ""
    licence: str = ""
    citation: str = ""
    attribution: str = ""
    weights: WeightsFile = field(default_factory=WeightsFile)
    uncertainty: UncertaintySpec = field(default_factory=UncertaintySpec)
    one_piece: bool = False
    figures: list[dict[str, Any]] = field(default_factory=list)
    training: dict[str, Any] = field(default_factory=dict)
    pictures: list[dict[str, str]] = field(default_factory=list)
    path: Path | None = None

    @property
    def id(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def classes(self) -> int:
        """C, background included."""
        return len(self.segments) + 1

    @property
    def weights_sha256(self) -> str:
        """SHA-256 of the weights' file, hexadecimal."""
        return self.weights.sha256

    @property
    def weights_path(self) -> Path:
        """The weights' file."""
        if self.path is None:
            raise ValueError("a package that was not written has no files")
        return self.path / self.weights.file


def check_package(package: ModelPackage, where: object = None) -> ModelPackage:
    """The same package, if its parts fit together.

    Raises:
        UserError: a name, a count or a value that cannot be.
    """
    for fault in _faults(package):
        raise UserError(fault, where or package.name, "Get the model again from where it came from")
    return package


def _faults(package: ModelPackage) -> list[str]:
    """Everything that is wrong with a package's description, in a user's words."""
    uncertainty, weights = package.uncertainty, package.weights
    rules = [
        (
            _NAME.fullmatch(package.name),
            f"the name {package.name!r} is not of letters, digits, '.', '_', '-'",
        ),
        (
            _VERSION.fullmatch(package.version),
            f"the version {package.version!r} is not of letters, digits, '.', '+', '-'",
        ),
        (is_plain_name(weights.file), f"the weights' file {weights.file!r} leaves the model's folder"),
        (weights.file.endswith(".safetensors"), f"the weights' file {weights.file!r} is no .safetensors"),
        (weights.precision in PRECISIONS, f"unknown precision of the weights {weights.precision!r}"),
        (
            not weights.sha256 or _SHA256.fullmatch(weights.sha256),
            "the weights' SHA-256 is not 64 hexadecimal digits",
        ),
        (1 <= uncertainty.passes <= 256, f"{uncertainty.passes} passes are not within 1..256"),
        (
            all(axis in ("x", "y", "z") for axis in uncertainty.flip_axes),
            f"the passes' flips {', '.join(map(str, uncertainty.flip_axes))} are not of x, y, z",
        ),
        (uncertainty.source in SOURCES, f"unknown source of the weights {uncertainty.source!r}"),
        (0 < uncertainty.temperature < 1e6, f"the temperature {uncertainty.temperature} is not positive"),
        (
            all(is_plain_name(picture.get("file")) for picture in package.pictures),
            "a picture's file leaves the model's folder",
        ),
    ]
    return [fault for holds, fault in rules if not holds] + _faults_of_classes(package)


def _faults_of_classes(package: ModelPackage) -> list[str]:
    """Whether segments, channels and network fit together."""
    arguments = package.network.get("arguments") or {}
    values = [segment.value for segment in package.segments]
    names = [segment.name.strip().casefold() for segment in package.segments]
    classes, channels = arguments.get("classes", package.classes), arguments.get("in_channels", 1)
    rules = [
        (isinstance(package.network.get("kind"), str), "the kind of network is missing"),
        (values, "the model has no segments"),
        (len(set(names)) == len(names) and "" not in names, "segments without a name or with the same one"),
        (len(set(values)) == len(values), "two segments have the same value"),
        (all(1 <= value <= 254 for value in values), "a segment's value is not within 1..254"),
        (
            classes == package.classes,
            f"{len(values)} segments do not fit a network with {classes} classes",
        ),
        (
            channels == len(package.input.channels),
            f"{len(package.input.channels)} channels do not fit a network for {channels}",
        ),
    ]
    return [fault for holds, fault in rules if not holds]
