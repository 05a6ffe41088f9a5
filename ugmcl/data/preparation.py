"""A data set into its cache: once, by several processes, going on where an earlier attempt ended.

A case is prepared again when one of its files or a setting that shapes it has changed, no other.
``cache.json`` is written last: without it the cache is incomplete.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ugmcl.data.cache import FORMAT, Cache, open_cache
from ugmcl.data.case import Dataset
from ugmcl.data.label_values import numbered
from ugmcl.data.prepared_case import TEMPORARY, Task, prepare_case, valid_record
from ugmcl.data.processes import without_main
from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.framing.statistics import range_of
from ugmcl.jobs.reporter import SILENT, Reporter

MOST_PROCESSES = 4  # each holds a volume several times
FEW_CASES = 12  # are done before other processes have started
CACHED_ROLES = ("labelled", "unlabelled", "validation", "test")


def prepare(
    dataset: Dataset,
    spec: InputSpec,
    folder: Path | str,
    *,
    processes: int | None = None,
    reporter: Reporter = SILENT,
) -> Cache:
    """Prepare every case but the excluded ones.

    Args:
        dataset: what to prepare; labels of unlabelled cases are never read.
        spec: how images are framed; its ``training_range`` is replaced by that of the training cases here.
        folder: the cache, made if absent; what is still valid in it is kept.
        processes: how many; None chooses by the computer. Where none can be started, this one does the work.
        reporter: progress in cases.

    Raises:
        UserError: a case cannot be prepared (the others are, and are kept), two cases have one name, or the
            folder cannot be written.
        Stopped: on request; finished cases stay.
    """
    folder = Path(folder)
    segments = dataset.segments
    if not segments:
        raise UserError("no label names a segment", dataset.name, "Give at least one label that is not empty")
    _check_names(dataset)
    tasks = [Task(case, spec, segments, folder) for case in dataset.with_role(*CACHED_ROLES)]
    reporter.stage("Preparing the data set")
    _make_folder(folder)
    records = {task.case.id: record for task in tasks if (record := valid_record(task)) is not None}
    stale = [task for task in tasks if task.case.id not in records]
    if stale:
        (folder / "cache.json").unlink(missing_ok=True)
    _remove_leftovers(folder, {task.case.id for task in tasks})
    if records:
        reporter.message(f"{len(records)} of {len(tasks)} cases are prepared already")
    faults: list[UserError] = []
    reporter.progress(len(records), len(tasks), "cases")
    for task, outcome in _outcomes(stale, _process_count(processes, len(stale)), reporter):
        if isinstance(outcome, UserError):
            faults.append(outcome)
            reporter.message(str(outcome), "warning")
        else:
            records[task.case.id] = outcome
        reporter.progress(len(records) + len(faults), len(tasks), "cases")
    if faults:
        more = f" ({len(faults) - 1} more cases have faults)" if len(faults) > 1 else ""
        raise UserError(faults[0].what + more, faults[0].where, faults[0].remedy)
    _write_description(dataset, spec, folder, tasks, records)
    return open_cache(folder)


def _outcomes(
    tasks: Sequence[Task], processes: int, reporter: Reporter
) -> Iterator[tuple[Task, dict[str, Any] | UserError]]:
    """Each task with its record, or with the fault of its files."""
    remaining = {task.case.id: task for task in tasks}
    if processes > 1:
        try:
            for task, outcome in _in_processes(tasks, processes, reporter):
                del remaining[task.case.id]
                yield task, outcome
        except (BrokenProcessPool, OSError) as error:
            reason = str(error).partition("\n")[0]
            reporter.message(f"no further processes can be used ({reason}); going on in this one", "warning")
    for task in list(remaining.values()):
        reporter.check()
        yield task, _attempt(task)


def _in_processes(
    tasks: Sequence[Task], processes: int, reporter: Reporter
) -> Iterator[tuple[Task, dict[str, Any] | UserError]]:
    """As `_outcomes`, in the order in which cases are finished; spawned, as ITK's threads survive no fork."""
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_one_thread)
    try:
        with without_main():
            futures = {pool.submit(_attempt, task): task for task in tasks}
        for future in as_completed(futures):
            reporter.check()
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _attempt(task: Task) -> dict[str, Any] | UserError:
    """The case's record, or the user's fault as a value, since a fault of one case ends no other's work."""
    try:
        return prepare_case(task)
    except UserError as error:
        return error


def _one_thread() -> None:
    """Runs first in each process: the processes share the cores already."""
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)


def _process_count(wish: int | None, cases: int) -> int:
    if wish is not None:
        return max(1, min(wish, cases))
    if cases <= FEW_CASES:
        return 1
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST_PROCESSES, available)


def _check_names(dataset: Dataset) -> None:
    """Names are folders, and some file systems do not tell A from a."""
    seen: set[str] = set()
    for case in dataset.cases:
        if case.id.casefold() in seen:
            raise UserError(f"two cases are named {case.id}", dataset.name, "Give each case its own id")
        seen.add(case.id.casefold())


def _make_folder(folder: Path) -> None:
    try:
        (folder / "cases").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"the cache cannot be written ({error.strerror or error})", folder, "Choose another folder"
        ) from error


def _remove_leftovers(folder: Path, wanted: set[str]) -> None:
    """Half-written cases of an interrupted attempt, and cases that the data set no longer has."""
    for entry in (folder / "cases").iterdir():
        ours = entry.name.endswith(TEMPORARY) or (entry / "case.json").is_file()
        if ours and entry.name not in wanted:
            shutil.rmtree(entry, ignore_errors=True)


def _write_description(
    dataset: Dataset, spec: InputSpec, folder: Path, tasks: Sequence[Task], records: dict[str, dict[str, Any]]
) -> None:
    training = [task for task in tasks if task.case.role in ("labelled", "unlabelled")]
    data = spec.to_json()
    data["training_range"] = range_of([records[task.case.id]["statistics"] for task in training])
    cases = [
        {**records[task.case.id], "role": task.case.role, "patient": task.case.patient} for task in tasks
    ]
    description = {
        "format": FORMAT,
        "name": dataset.name,
        "input": data,
        "segments": [segment.to_json() for segment in numbered(dataset.segments)],
        "label_values": [segment.value for segment in dataset.segments],
        "notes": list(dataset.notes),
        "cases": cases,
    }
    path = folder / "cache.json"
    text = json.dumps(description, indent=1)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    temporary = path.with_name(f"cache.json.{os.getpid()}{TEMPORARY}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
