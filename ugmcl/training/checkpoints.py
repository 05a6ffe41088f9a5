"""Checkpoints of a run: `checkpoints/NNNNNN/` with safetensors and one JSON, complete or absent, no pickle.

A checkpoint is written under another name and renamed; then the one-line file `checkpoints/latest` is
renamed into place. The last two and the best are kept, so that a damaged newest one costs little.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.training.state import Counters, TrainingState
from ugmcl.training.state_files import DamagedState, read_state, write_state

FORMAT = "ugmcl-checkpoint/1"
KEPT = 2


def checkpoint_folders(run: Path) -> list[Path]:
    """Complete checkpoints of a run, the newest first."""
    folder = run / "checkpoints"
    if not folder.is_dir():
        return []
    found = [entry for entry in folder.iterdir() if entry.is_dir() and entry.name.isdigit()]
    return sorted(found, key=lambda entry: int(entry.name), reverse=True)


def save_checkpoint(run: Path, state: TrainingState) -> Path:
    """Write the state as `checkpoints/NNNNNN`; N is the number of steps done."""
    folder = run / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".*.part*"):
        shutil.rmtree(leftover, ignore_errors=True)
    final = folder / f"{state.counters.iteration:06d}"
    part = folder / f".{final.name}.part{os.getpid()}"
    part.mkdir()
    facts = {"format": FORMAT, "counters": asdict(state.counters)}
    try:
        write_state(part, state, facts)
    except BaseException:  # a full disk: half a checkpoint must not keep the room
        shutil.rmtree(part, ignore_errors=True)
        raise
    if final.exists():  # the same step saved again, or a damaged one on the way past it
        replaced = folder / f".{final.name}.part-old"
        os.replace(final, replaced)
        os.replace(part, final)
        shutil.rmtree(replaced)
    else:
        os.replace(part, final)
    _point_to(folder, final.name)
    _remove_old(run, state.counters)
    return final


def load_checkpoint(folder: Path, state: TrainingState) -> None:
    """Fill ``state`` from one checkpoint.

    Raises:
        DamagedState: a file is absent, cut short or changed.
        UserError: a newer version of the program wrote it.
    """
    facts = read_state(folder, state, expected_format=FORMAT)
    try:
        state.counters = Counters(**facts["counters"])
    except (KeyError, TypeError) as error:
        raise DamagedState(f"{folder.name}: its figures are incomplete") from error


def resume_newest(run: Path, state: TrainingState, reporter: Reporter = SILENT) -> Path | None:
    """Fill ``state`` from the newest sound checkpoint; None where none was ever written.

    Raises:
        UserError: there are checkpoints and every one is damaged.
    """
    candidates = _candidates(run)
    for folder in candidates:
        try:
            load_checkpoint(folder, state)
        except DamagedState as fault:
            reporter.message(
                f"Checkpoint {folder.name} is damaged ({fault}); an older one is used", "warning"
            )
            continue
        return folder
    if candidates:
        raise UserError(
            "every checkpoint is damaged", run / "checkpoints", "Start the training in a new folder"
        )
    return None


def best_checkpoint(run: Path, counters: Counters) -> Path | None:
    """The checkpoint of the best validation, if it is kept."""
    if counters.best is None:
        return None
    folder = run / "checkpoints" / f"{counters.best['iteration']:06d}"
    return folder if folder.is_dir() else None


def _candidates(run: Path) -> list[Path]:
    folders = checkpoint_folders(run)
    pointer = run / "checkpoints" / "latest"
    try:
        named = pointer.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        named = ""  # lost pointer: the newest folder is complete as well
    return sorted(folders, key=lambda folder: (folder.name == named, int(folder.name)), reverse=True)


def _point_to(folder: Path, name: str) -> None:
    part = folder / f".latest.{os.getpid()}"
    with part.open("w", encoding="ascii") as stream:
        stream.write(name + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, folder / "latest")


def _remove_old(run: Path, counters: Counters) -> None:
    """Keep this checkpoint, the one before and the best; later ones were passed over as damaged."""
    folders = checkpoint_folders(run)
    until_now = [folder for folder in folders if int(folder.name) <= counters.iteration]
    kept = {folder.name for folder in until_now[:KEPT]}
    if counters.best is not None:
        kept.add(f"{counters.best['iteration']:06d}")
    for folder in folders:
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def read_json(path: Path) -> Any:
    """JSON of a run's file.

    Raises:
        UserError: absent or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            "the file is absent or damaged", path, "Start the training in a new folder"
        ) from error
