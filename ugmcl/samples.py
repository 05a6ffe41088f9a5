"""The sample data that ship with the software: which cases there are, and where they lie.

They are found beside the package (the repository's root; in Slicer, the extension's scripted modules), and in
``ugmcl/Resources`` when installed from a wheel.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from ugmcl.errors import UserError

FORMAT = "ugmcl-samples/1"


@dataclass(frozen=True)
class Sample:
    """One bundled case.

    Attributes:
        id: its name, as in the data set it comes from.
        title: a line for a list.
        image: file of the image.
        reference: file of the expert's label.
        sha256: sums by ``image`` and ``reference``, hexadecimal.
        model: name of the bundled model that segments it.
        licence: of the data.
        attribution: whom to cite.
        segments: name and colour (red, green, blue, 0..1) by value of the reference's labels.
    """

    id: str
    title: str
    image: Path
    reference: Path
    sha256: dict[str, str]
    model: str
    licence: str
    attribution: str
    segments: dict[int, tuple[str, tuple[float, float, float]]]


def sample_folder() -> Path:
    """The folder of the sample data.

    Raises:
        UserError: this installation came without them.
    """
    package = Path(__file__).resolve().parent
    for folder in (package.parent / "Resources" / "SampleData", package / "Resources" / "SampleData"):
        if (folder / "samples.json").is_file():
            return folder
    raise UserError("the sample data are missing", package, "Install again from the repository or its wheel")


def list_samples() -> list[Sample]:
    """All bundled cases, in the registry's order."""
    return _read(sample_folder())[1]


def demo_sample() -> Sample:
    """The case that ``ugmcl demo`` segments."""
    demo, samples = _read(sample_folder())
    return next(sample for sample in samples if sample.id == demo)


def verify(sample: Sample) -> Sample:
    """The same sample, after its files' sums were compared with the registry's.

    Raises:
        UserError: a file is missing or damaged.
    """
    for name, path in (("image", sample.image), ("reference", sample.reference)):
        if not path.is_file():
            raise UserError("this sample file is missing", path.name, "Install again")
        if hashlib.sha256(path.read_bytes()).hexdigest() != sample.sha256[name]:
            raise UserError("this sample file is damaged (its SHA-256 differs)", path.name, "Install again")
    return sample


def _read(folder: Path) -> tuple[str, list[Sample]]:
    registry = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    if registry.get("format") != FORMAT:
        raise UserError("the registry of samples has an unknown format", folder, "Install again")
    segments = {
        int(value): (segment["name"], tuple(segment["color"]))
        for value, segment in registry["segments"].items()
    }
    samples = [
        Sample(
            id=entry["id"],
            title=entry["title"],
            image=folder / entry["image"],
            reference=folder / entry["reference"],
            sha256=entry["sha256"],
            model=entry["model"],
            licence=entry["licence"],
            attribution=registry["attribution"],
            segments=segments,
        )
        for entry in registry["samples"]
    ]
    return registry["demo"], samples
