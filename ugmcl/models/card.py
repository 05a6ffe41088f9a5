"""`card.md`: what a model is, how well it does, what it is not for; made from model.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ugmcl.models.description import ModelPackage, UncertaintySpec

DISCLAIMER = (
    "Research software, not a medical device. Results must be checked by a qualified person before anything "
    "depends on them."
)
CONFIDENCE = (
    "Confidence of a case is the mean pairwise Dice of the passes. Uncertainty of a voxel is its predictive "
    "entropy divided by ln C (0 sure, 1 undecided)."
)


def card_text(package: ModelPackage) -> str:
    """The card in Markdown; the same package gives the same text."""
    sections = [
        _head(package),
        _section("Intended use", [package.intended_use or "Not stated."]),
        _section("Segments", _segments(package)),
        _section("Input", _input(package)),
        _section("Figures", _figures(package.figures, _measured_with(package.figures))),
        _section("Uncertainty", _uncertainty(package)),
        _section("Training", _facts(package.training)),
        _section(
            "Pictures",
            [f"![{p.get('caption', '')}]({p['file']})\n\n{p.get('caption', '')}" for p in package.pictures],
        ),
        _section("Data and terms", _terms(package)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(package: ModelPackage) -> str:
    title = package.title or package.name
    lines = [f"# {title}", f"`{package.id}` · {DISCLAIMER}"]
    return "\n\n".join(lines + ([package.description] if package.description else []))


def _section(title: str, paragraphs: Sequence[str]) -> str:
    return "\n\n".join([f"## {title}", *paragraphs]) if paragraphs else ""


def _segments(package: ModelPackage) -> list[str]:
    rows = []
    for segment in package.segments:
        coded = (segment.terminology or {}).get("type") or {}
        rows.append([str(segment.value), segment.name, coded.get("meaning", ""), coded.get("value", "")])
    pieces = (
        ["Every structure is one piece: only its largest connected piece is kept, unless told otherwise."]
        if package.one_piece
        else []
    )
    return [_table(["value", "segment", "terminology", "code"], rows), *pieces]


def _input(package: ModelPackage) -> list[str]:
    spec = package.input
    spacing = (
        "that of the image"
        if spec.spacing_mm is None
        else " × ".join(f"{s:g}" for s in spec.spacing_mm) + " mm"
    )
    clip = spec.normalisation.clip_percentiles
    lines = [
        f"- {spec.modality or 'modality not stated'}; channels: {', '.join(spec.channels)}",
        f"- voxel spacing {spacing}, patch {' × '.join(str(side) for side in spec.patch)} voxels (x, y, z), "
        f"orientation {spec.orientation}",
        f"- intensities: {spec.normalisation.kind}"
        + ("" if clip is None else f", clipped at percentiles {clip[0]:g} and {clip[1]:g}")
        + (", padding around the image left out" if spec.normalisation.exclude_padding else ""),
    ]
    known = spec.training_range or {}
    for key, words in (("spacing_mm", "voxel spacing"), ("extent_mm", "extent")):
        if bounds := known.get(key):
            low, high = (" × ".join(f"{value:.3g}" for value in bounds[end]) for end in ("low", "high"))
            lines.append(f"- training images: {words} from {low} to {high} mm")
    return ["\n".join(lines)]


def _figures(figures: Sequence[Mapping[str, Any]], lead: str) -> list[str]:
    if not figures:
        return ["No figures were measured."]
    notes = _notes(figures)
    rows = [
        [
            str(figure.get("metric", "")),
            str(figure.get("segment") or "all"),
            _value(figure),
            str(figure.get("dataset", "")),
            str(figure.get("split", "")),
            _text(figure.get("cases")),
            _text(figure.get("seed")),
            "yes" if figure.get("seen_in_training") else "no",
            ", ".join(str(notes.index(note) + 1) for note in _notes([figure])),
        ]
        for figure in figures
    ]
    head = ["metric", "segment", "value", "dataset", "split", "cases", "seed", "seen in training", "notes"]
    below = ["\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1))] if notes else []
    commands = list(dict.fromkeys(figure["command"] for figure in figures if figure.get("command")))
    again = ["Printed again by:", "```\n" + "\n".join(commands) + "\n```"] if commands else []
    return [lead, _table(head, rows), *below, *again]


def _notes(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every condition and note once; the table points to them by number."""
    said = (figure.get(key) for figure in figures for key in ("condition", "note"))
    return list(dict.fromkeys(str(text) for text in said if text))


def _measured_with(figures: Sequence[Mapping[str, Any]]) -> str:
    """Which weights the figures speak of."""
    others = {str(figure.get("measured_on") or "") for figure in figures}
    named = sorted(others - {""})
    if not named:
        return "These figures were measured with this package."
    who = " and ".join(named)
    return f"These figures were measured with {who}" + (", some with this package." if "" in others else ".")


def _uncertainty(package: ModelPackage) -> list[str]:
    spec = package.uncertainty
    calibrated = spec.confidence_map is not None
    lines = [
        f"- {spec.passes} Monte-Carlo passes{_mirrored(spec)}; weights of the {spec.source}; temperature "
        f"{spec.temperature:.4g}",
        f"- rim profile of the border's usual uncertainty: {'fitted' if spec.rim else 'none'}",
        "- expected Dice from the confidence: "
        + ("fitted" if calibrated else "none, the confidence is shown as what it is"),
    ]
    if note := (spec.confidence_map or {}).get("note"):
        lines.append(f"- {note}")
    return [CONFIDENCE, "\n".join(lines)]


def _mirrored(spec: UncertaintySpec) -> str:
    return f", mirrored in turn along {', '.join(spec.flip_axes)}" if spec.flip_axes else ""


def _facts(facts: Mapping[str, Any]) -> list[str]:
    lines = [
        f"- {key.replace('_', ' ')}: {_fact(value)}"
        for key, value in facts.items()
        if value not in (None, "", {}, [])
    ]
    return ["\n".join(lines)] if lines else []


def _fact(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_fact(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_fact(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else _text(value)


def _terms(package: ModelPackage) -> list[str]:
    named = (
        ("Licence", package.licence),
        ("Attribution", package.attribution),
        ("Citation", package.citation),
    )
    return [f"{title}: {text}" for title, text in named if text] or ["Not stated."]


def _value(figure: Mapping[str, Any]) -> str:
    value, deviation = figure.get("value"), figure.get("sd")
    text = f"{value + 0.0:.4g}" if isinstance(value, int | float) else _text(value)  # no minus before 0
    return text + (f" ± {deviation:.3g}" if isinstance(deviation, int | float) else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _text(value: Any) -> str:
    return "" if value is None else str(value)
