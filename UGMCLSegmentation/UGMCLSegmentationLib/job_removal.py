"""An ended job's folder holds the patient's image: it goes away as soon as its process lets go of it."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from pathlib import Path

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.lock import lock_holder

PATIENCE_S = 60.0


def remove_job(job: JobFolder) -> None:
    """Delete a job in a thread; returns at once."""
    threading.Thread(target=_remove, args=(job,), name="ugmcl-remove", daemon=True).start()


def _remove(job: JobFolder) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if lock_holder(job.path) is None and _gone(job.path):
            return
        time.sleep(0.2)
    logging.warning("UG-MCL: the folder %s could not be removed", job.path.name)


def _gone(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
