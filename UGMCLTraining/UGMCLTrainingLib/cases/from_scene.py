"""Cases from the scene, written into the project's folder in steps: whole or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.volume_export import export_volume
from UGMCLTrainingLib.cases.meanings import meanings_of, table_of
from UGMCLTrainingLib.cases.patients import patient_of_node
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.cases.project_case import HANDED_OVER, SCENE, LabelEntry, ProjectCase
from UGMCLTrainingLib.cases.scene_labels import SceneLabel, label_steps
from UGMCLTrainingLib.ranking.correction import CASE, PROJECT, RETURNED, fingerprint


@dataclass(frozen=True)
class SceneCase:
    """Nodes that make a case: ``images`` (one a channel), a ``label`` or None, names of its values."""

    images: tuple[Any, ...]
    label: Any = None
    names: tuple[LabelEntry, ...] = ()
    origin: str = SCENE


def add_steps(project: Project, cases: Sequence[SceneCase]) -> Generator[float, None, list[ProjectCase]]:
    """Write each case and add it to the project; those that were added stay when a later one fails.

    Yields:
        The share that is done; returns the added cases.

    Raises:
        UserError: nothing to write, no place for it, or a node that went away meanwhile.
    """
    added: list[ProjectCase] = []
    for number, case in enumerate(cases):
        steps = _case_steps(project, case)
        while True:
            try:
                share = next(steps)
            except StopIteration as end:
                added += project.add([end.value])
                break
            yield (number + share) / len(cases)
        for image in case.images:
            image.SetAttribute(PROJECT, str(project.folder))
            image.SetAttribute(CASE, added[-1].id)
        if case.origin == HANDED_OVER:
            case.label.SetAttribute(RETURNED, fingerprint(case.label))
    return added


def _case_steps(project: Project, case: SceneCase) -> Generator[float, None, ProjectCase]:
    (name,) = project.free_ids(1)
    endings = [""] if len(case.images) == 1 else [f"_{n:04d}" for n in range(len(case.images))]
    images = tuple(project.images_folder / f"{name}{ending}.nrrd" for ending in endings)
    label, original = (f / f"{name}.nrrd" for f in (project.labels_folder, project.originals_folder))
    complete = False
    try:
        for number, (node, path) in enumerate(zip(case.images, images, strict=True)):
            _make(path.parent)
            _present(node)
            for share in export_volume(node, path):
                yield 0.5 * (number + share) / len(images)
        made = ProjectCase(
            name,
            images,
            patient=project.hash_of_patient(patient_of_node(case.images[0])),
            origin=case.origin,
        )
        if case.label is not None:
            made = yield from _with_label(project, made, case, label, original)
        complete = True
        return made
    finally:
        if not complete:  # an image alone would count as an unlabelled case
            for path in (*images, label, original):
                path.unlink(missing_ok=True)


def _with_label(
    project: Project, made: ProjectCase, case: SceneCase, label: Path, original: Path
) -> Generator[float, None, ProjectCase]:
    """The case with its label: in the project's values where all are known, else as it is, to wait."""
    from dataclasses import replace

    _present(case.label)
    _present(case.images[0])
    found: SceneLabel
    steps = label_steps(case.label, case.images[0], case.names)
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            found = end.value
            break
        yield 0.5 + 0.3 * share
    table = table_of(meanings_of(found.entries, project.segments, project.meanings), project.segments)
    values, entries, target = found.values, found.entries, original
    if table is not None:
        by_value = {segment.value: segment for segment in project.segments}
        kept = sorted(set(table.values()) & by_value.keys())
        entries = tuple(LabelEntry(v, by_value[v].name, by_value[v].terminology) for v in kept)
        target = label
        lookup = np.arange(256, dtype=np.uint8)
        for old, new in table.items():
            lookup[old] = new
        values = lookup[values]
    yield 0.85
    _make(target.parent)
    yield from _while(lambda: _write(target, values, found))
    return replace(
        made,
        label=None if table is None else target,
        source=target,
        role="labelled",
        declared=entries,
    )


def _write(target: Path, values: Any, found: SceneLabel) -> None:
    from ugmcl.volumes.writing import write_image

    write_image(target, values, found.affine)


def _while(function: Callable[[], None]) -> Generator[float, None, None]:
    """Steps that wait for a function in a thread: compressing a large label takes seconds."""
    fault: list[BaseException] = []

    def work() -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - raised again in Slicer's thread
            fault.append(error)

    thread = threading.Thread(target=work, name="ugmcl", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            time.sleep(0.005)
            yield 0.9
    finally:
        thread.join()
    if fault:
        raise fault[0]


def _present(node: Any) -> None:
    if slicer.mrmlScene.GetNodeByID(node.GetID() or "") is not node:
        raise UserError(_("a volume was deleted meanwhile"), node.GetName(), _("Choose another one"))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UserError(
            _("cannot write here ({fault})").format(fault=fault.strerror or fault),
            folder,
            _("Check that you may write in the project's folder"),
        ) from fault
