"""What earlier segmentations wrote into a folder, as their reports say: so that nothing else is replaced."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from ugmcl.errors import UserError

STAGE = ".ugmcl-"  # beginning of the temporary folders
STAGE_SECONDS = 24 * 3600.0


def report_path(folder: Path, name: str) -> Path:
    """The file whose presence says that a case is finished."""
    return folder / f"{name}_report.json"


def ready_output(folder: Path) -> None:
    """Make the folder of the results, and find out before hours of work whether it can be written.

    What a killed segmentation left there under a temporary name goes away.

    Raises:
        UserError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(prefix=STAGE, dir=folder):
            pass
        left = [entry for entry in folder.glob(f"{STAGE}*") if entry.is_dir() and _old(entry)]
    except OSError as error:
        raise UserError(f"cannot write here ({error.strerror})", folder, "Choose another folder") from error
    for entry in left:
        shutil.rmtree(entry, ignore_errors=True)


def _old(entry: Path) -> bool:
    """Writing takes minutes at most: what is older belongs to no one."""
    return time.time() - entry.stat().st_mtime > STAGE_SECONDS


def written_files(folder: Path, name: str) -> frozenset[str]:
    """Names of the result files of the case ``name`` in ``folder``; none without a readable report."""
    try:
        files = json.loads(report_path(folder, name).read_text(encoding="utf-8"))["files"]
        return frozenset(map(str, files.values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return frozenset()  # no report, or one of another program


def check_free(target: Path, name: str, sources: Iterable[Path]) -> None:
    """Refuse to write the segmentation ``target`` where a file lies that no segmentation wrote.

    The segmentation of ``scan`` as NIfTI is called ``scan.nii.gz``, as the image may be.

    Raises:
        UserError: the target is one of the ``sources`` or, by its name, could be an image of the user's.
    """
    if not target.exists():
        return
    if any(source.exists() and target.samefile(source) for source in sources):
        raise UserError("the result would replace the image itself", target, "Choose another output folder")
    if not target.name.endswith(".seg.nrrd") and target.name not in written_files(target.parent, name):
        raise UserError(
            "the result would replace a file that no segmentation wrote",
            target,
            "Choose another output folder, or move the file away",
        )
