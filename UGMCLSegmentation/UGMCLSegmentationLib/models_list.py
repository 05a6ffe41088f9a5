"""The models that can be chosen, and what the panel says about one."""

from __future__ import annotations

from slicer.i18n import tr as _

from ugmcl.models.description import ModelPackage
from ugmcl.models.library import LibraryEntry, list_models
from ugmcl.slicer.panel.words import time_words


def choices() -> list[tuple[str, str]]:
    """``name@version`` and a line for each model; sound ones first, then by title.

    A damaged one is listed with what is wrong, so that nobody wonders where it went.
    """
    lines: dict[str, str] = {}
    for entry in sorted(list_models(), key=lambda e: (e.package is None, e.title.casefold(), e.version)):
        lines.setdefault(entry.id, _line(entry))
    return list(lines.items())


def package_of(model_id: str) -> ModelPackage | None:
    """The description of a model of the list; None when it is gone or damaged."""
    return next((e.package for e in list_models() if e.id == model_id and e.package), None)


def details(package: ModelPackage, expected_s: float | None) -> str:
    """Two or three lines about a model.

    Args:
        package: its description.
        expected_s: seconds that the chosen volume is expected to take here; None where it is not known.
    """
    structures = ", ".join(segment.name for segment in package.segments)
    lines = [
        _("Finds {structures} in {modality} images.").format(
            structures=structures, modality=package.input.modality or _("all kinds of")
        )
    ]
    if expected_s is None:
        expected = _expected_elsewhere(package)
    else:
        expected = _("Expected time on this computer: {time}.").format(time=time_words(expected_s))
    lines.append(_("Licence: {licence}.").format(licence=package.licence or _("not given")) + " " + expected)
    return "\n".join(lines)


def _expected_elsewhere(package: ModelPackage) -> str:
    """What the maker measured, before this computer has a figure of its own."""
    from ugmcl.models.time_per_scan import time_elsewhere

    measured = time_elsewhere(package)
    if measured is None:
        return _("Expected time: known after the first run on this computer.")
    text = _("Expected time: {time} a scan on {computer}; on this computer known after the first run.")
    return text.format(time=time_words(measured[0]), computer=measured[1])


def _line(entry: LibraryEntry) -> str:
    if entry.package is None:
        return _("{name} (damaged: {fault})").format(name=entry.name, fault=entry.fault)
    return _("{title}, version {version}").format(title=entry.title, version=entry.version)
