"""summary.csv of a cohort: one row a case and segment, merged by all processes that share the folder."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError

NAME = "summary.csv"
COLUMNS = (
    "case", "status", "segment", "volume_ml", "passes_mean_ml", "passes_sd_ml", "pairwise_dice",
    "expected_dice", "certain_surface_share", "case_pairwise_dice", "case_expected_dice", "regions",
    "top_region_score_ml", "warnings", "model", "reason",
)  # fmt: skip
_OWN = COLUMNS[3:9]  # what each segment has for itself
_LOCK_AGE_S, _LOCK_WAIT_S = 60.0, 120.0

Row = dict[str, str]


def rows_of_report(report: Mapping[str, Any]) -> list[Row]:
    """Rows of one finished case, one a segment."""
    regions, confidence = report["regions"], report["confidence"]
    shared = {
        "case": report["name"],
        "status": "done",
        "case_pairwise_dice": confidence["pairwise_dice"],
        "case_expected_dice": confidence["expected_dice"],
        "regions": len(regions),
        "top_region_score_ml": regions[0]["score_ml"] if regions else None,
        "warnings": "; ".join(report["warnings"]),
        "model": f"{report['model']['name']}@{report['model']['version']}",
    }
    return [
        _row({**shared, "segment": segment["name"], **{key: segment[key] for key in _OWN}})
        for segment in report["segments"]
    ]


def row_of_failure(case: str, reason: str, model: str) -> Row:
    """The row of a case that could not be segmented."""
    return _row({"case": case, "status": "failed", "reason": reason, "model": model})


def merge_summary(folder: Path, rows: Sequence[Row]) -> Path:
    """Put ``rows`` into the folder's summary: they replace those of the same cases; sorted by case.

    The file is replaced in one step, under a lock, so that no process loses another one's rows.

    Raises:
        UserError: the folder cannot be written, or another process holds the lock for too long.
    """
    path = folder / NAME
    try:
        with _locked(folder / f".{NAME}.lock"):
            _replace(path, rows)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise UserError(what, path, "Check free space and permissions") from error
    return path


def _replace(path: Path, rows: Sequence[Row]) -> None:
    """Write the summary anew with ``rows``, under a temporary name first."""
    ours = {row["case"] for row in rows}
    kept = [row for row in read_summary(path) if row["case"] not in ours]
    merged = sorted([*kept, *rows], key=lambda row: row["case"])  # stable: segments keep their order
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(merged)
    handle, temporary = tempfile.mkstemp(prefix=".summary-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)  # there only after a fault


def read_summary(path: Path) -> list[Row]:
    """Rows of a summary; none where there is no file yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _row(values: Mapping[str, Any]) -> Row:
    return {key: "" if values.get(key) is None else str(values[key]) for key in COLUMNS}


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Exclusive among processes, also over a network folder: whoever makes the file holds it."""
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            _remove_stale(path)
            if time.monotonic() > deadline:
                raise UserError(
                    "another process keeps the summary locked", path, "Remove this file if none is running"
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    """A lock of a process that died: merging takes milliseconds, so a minute is proof enough."""
    try:
        if time.time() - path.stat().st_mtime > _LOCK_AGE_S:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return  # released meanwhile
