"""What a batch is made of, as files that the library's cohort reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vtk
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from UGMCLSegmentationLib.export.files import file_name


@dataclass(frozen=True)
class BatchCase:
    """One case: the ``name`` of its files, and the node (or frame of a sequence) that it comes from."""

    name: str
    volume: Any


def cases_of_volumes(volumes: Sequence[Any]) -> list[BatchCase]:
    """Cases named after the nodes, whose names may be equal, empty or strange.

    Raises:
        UserError: there is none.
    """
    if not volumes:
        raise UserError(_("no volume is ticked"), None, _("Tick at least one"))
    cases: list[BatchCase] = []
    taken: set[str] = set()
    for volume in volumes:
        base = file_name(volume.GetName() or "volume")
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name.casefold())
        cases.append(BatchCase(name, volume))
    return cases


def cases_of_sequence(browser: Any) -> list[BatchCase]:
    """The frames of the first image sequence of a browser, in order.

    Raises:
        UserError: no browser, or no images in it.
    """
    sequence = image_sequence(browser)
    frames = [sequence.GetNthDataNode(i) for i in range(sequence.GetNumberOfDataNodes())]
    base = file_name(sequence.GetName() or "sequence")
    return [BatchCase(f"{base}-frame{i:04d}", frame) for i, frame in enumerate(frames)]


def image_sequence(browser: Any) -> Any:
    """The first sequence of scalar volumes of a browser.

    Raises:
        UserError: there is none.
    """
    if browser is None:
        raise UserError(_("no sequence is chosen"), None, _("Choose the browser of a 4D image"))
    for sequence in sequences_of(browser):
        first = sequence.GetNthDataNode(0) if sequence.GetNumberOfDataNodes() else None
        if first is not None and first.GetClassName() == "vtkMRMLScalarVolumeNode":
            return sequence
    raise UserError(_("this sequence holds no images"), browser.GetName(), _("Choose another one"))


def sequences_of(browser: Any) -> list[Any]:
    """All sequences that play together, the master first."""
    found = vtk.vtkCollection()
    browser.GetSynchronizedSequenceNodes(found, True)
    return [found.GetItemAsObject(index) for index in range(found.GetNumberOfItems())]


def write_cases(cases: Sequence[BatchCase], folder: Path) -> Iterator[float]:
    """Write every case as NAME.nrrd, in steps; yields the share that is done."""
    from ugmcl.slicer.volume_export import export_volume

    folder.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(cases):
        for share in export_volume(case.volume, folder / f"{case.name}.nrrd"):
            yield (number + share) / len(cases)
