"""``ugmcl jobs``: background work and trainings of this user, as their folders tell."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ugmcl.cli import printing
from ugmcl.cli.parser import Parser
from ugmcl.cli.terminal import TerminalReporter, duration, terminal
from ugmcl.errors import Stopped, UserError

if TYPE_CHECKING:
    from ugmcl.jobs.folder import JobFolder
    from ugmcl.jobs.follow import Update

STATUS = {"done": 0, "failed": 1, "cancelled": 3, "stopped": 3, "interrupted": 3, "queued": 2}


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the actions and their options."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, parser_class=Parser)
    _action(actions, "list", list_all, "every job, the newest first")
    for name, function, summary in (
        ("show", show, "a job's request, state and result"),
        ("follow", follow_job, "a job's progress until it ends"),
        ("cancel", cancel_job, "ask a job to end, then end it with all its processes"),
    ):
        action = _action(actions, name, function, summary)
        action.add_argument("job", metavar="JOB", help="its name (see ugmcl jobs list) or its folder")
        if name == "cancel":
            action.add_argument("--pause", action="store_true", help="end in order, to be resumed later")


def _action(
    actions: argparse._SubParsersAction, name: str, function: Callable, summary: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(function=function)
    return parser


def list_all(arguments: argparse.Namespace) -> None:
    """Prints every job."""
    from ugmcl.jobs.folder import list_jobs

    found = [_facts(job) for job in list_jobs()]
    rows = [
        (fact["name"], fact["kind"], fact["state"], _when(fact["created"]), fact["folder"]) for fact in found
    ]
    text = printing.table(["job", "kind", "state", "made", "folder"], rows) if rows else "There are no jobs."
    printing.result(found, text, as_json=arguments.json)


def show(arguments: argparse.Namespace) -> None:
    """Prints all that is known of a job."""
    from ugmcl.jobs.follow import Follower

    job = _find(arguments.job)
    update = Follower(job).look()
    facts = {
        **_facts(job),
        "attempts": update.attempt,
        "stage": update.progress.stage,
        "done": update.progress.done,
        "total": update.progress.total,
        "arguments": job.request().arguments,
        "result": update.result,
        "error": update.error,
    }
    width = max(map(len, facts)) + 1
    text = "\n".join(
        f"{name + ':':{width}} {value}" for name, value in facts.items() if value not in (None, "")
    )
    printing.result(facts, text, as_json=arguments.json)


def follow_job(arguments: argparse.Namespace) -> int:
    """Shows a job's progress as if it ran here; Ctrl-C ends the watching, not the job."""
    from ugmcl.jobs.follow import follow

    job = _find(arguments.job)
    with terminal() as reporter:

        def tell(update: Update) -> None:
            for event in update.events:
                retell(event, reporter)
            reporter.check()

        try:
            update = follow(job, tell, wait_for_start_s=5.0)
        except Stopped:
            printing.error_line(f"ugmcl: {job.name} goes on; end it with: ugmcl jobs cancel {job.name}")
            return 0
    line = f"{job.name}: {update.state}" + (f": {update.error}" if update.error else "")
    printing.result(
        {**_facts(job), "result": update.result, "error": update.error}, line, as_json=arguments.json
    )
    ours = (update.result or {}).get("fault") != "user"
    return STATUS.get(update.state, 0) if update.state != "failed" or ours else 2


def cancel_job(arguments: argparse.Namespace) -> None:
    """Cancels or pauses a job."""
    from ugmcl.jobs.cancel import cancel

    job = _find(arguments.job)
    state = cancel(job, reason="paused" if arguments.pause else "cancelled")
    printing.result({**_facts(job), "state": state}, f"{job.name}: {state}", as_json=arguments.json)


def retell(event: dict[str, Any], reporter: TerminalReporter) -> None:
    """Tells the reporter what a job's event says."""
    kind = event["kind"]
    if kind == "stage":
        reporter.stage(str(event.get("name", "")))
    elif kind == "progress":
        reporter.progress(event.get("done") or 0, event.get("total") or 0, str(event.get("unit", "")))
    elif kind == "metric":
        reporter.metric(event.get("values") or {}, event.get("iteration"))
    elif kind == "message":
        reporter.message(str(event.get("text", "")), str(event.get("level", "info")))


def _find(wanted: str) -> JobFolder:
    from ugmcl.jobs.folder import REQUEST, JobFolder, list_jobs

    if (Path(wanted) / REQUEST).is_file():
        return JobFolder.open(wanted)
    found = [job for job in list_jobs() if job.name == wanted]
    if len(found) == 1:
        return found[0]
    what = "several jobs have this name" if found else "there is no such job"
    raise UserError(what, wanted, "Name its folder; see ugmcl jobs list")


def _facts(job: JobFolder) -> dict[str, Any]:
    from ugmcl.jobs.state import state_of

    try:
        request = job.request()
    except UserError as fault:
        return {"name": job.name, "kind": fault.what, "state": "damaged", "created": 0.0, "folder": job.path}
    facts = {"name": job.name, "kind": request.kind, "state": state_of(job), "created": request.created}
    return {**facts, "folder": job.path}


def _when(created: float) -> str:
    return f"{duration(max(0.0, time.time() - created))} ago" if created else ""
