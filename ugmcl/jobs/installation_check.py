"""Whether an environment works: a fresh process tries it (`ugmcl.worker.environment_check`)."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.environment import BOOTSTRAP
from ugmcl.jobs.installation_faults import last_meaningful
from ugmcl.jobs.installation_pip import pip_environment
from ugmcl.jobs.reporter import Reporter
from ugmcl.jobs.watched_process import watch

PATIENCE_S = 900.0  # the first import of a large library on a slow disk, watched by a virus scanner
ANSWER = "UGMCL "  # begins the line that `ugmcl.worker.environment_check` answers with


def check_environment(site: Path, work: Path, reporter: Reporter) -> dict[str, Any]:
    """Start a process as a job would be started with ``site``, and let it try.

    Args:
        site: the folder of packages.
        work: temporary folder.
        reporter: whose ``check`` tells the user's wish.

    Returns:
        ``torch``: its version; ``cuda``: of the build, or None; ``device``: what it will compute with.

    Raises:
        UserError: something does not work. Stopped: by wish.
    """
    reporter.stage("Checking the installation")
    command = [sys.executable, str(BOOTSTRAP), "--first", str(site), "check", str(site)]
    begin = time.monotonic()
    environment = pip_environment(os.environ, work, offline=False)
    found = watch(
        command,
        environment,
        work / "check.txt",
        reporter.check,
        lambda _lines: PATIENCE_S - (time.monotonic() - begin),
    )
    sys.stdout.write("\n".join([*found.lines, ""]))  # into the job's log
    answers = [line.removeprefix(ANSWER) for line in found.lines if line.startswith(ANSWER)]
    if found.status == 0 and answers:
        answer: dict[str, Any] = json.loads(answers[-1])
        return answer
    ended = "it did not end" if found.status is None else f"it ended with status {found.status}"
    raise UserError(
        f"what was installed does not work here ({last_meaningful(found.lines) or ended})",
        None,
        "Copy the diagnostics and ask",
    )
