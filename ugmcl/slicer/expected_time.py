"""How long a segmentation took on this computer, so that the next one's time can be said before."""

from __future__ import annotations

from ugmcl.jobs.environment import data_folder, private_folder
from ugmcl.jobs.json_files import read_json, write_json

FILE = "times.json"
_KEPT = 0.7  # of the earlier figure; the newest says most about now


def expected_seconds(model_id: str, voxels: int) -> float | None:
    """Seconds for an image of so many voxels; None before the first run of this model here."""
    known = (read_json(data_folder() / FILE) or {}).get(model_id)
    if not isinstance(known, dict):
        return None
    return float(known["seconds_per_voxel"]) * voxels


def remember(model_id: str, voxels: int, seconds: float) -> None:
    """Learn from a finished run."""
    if voxels <= 0 or seconds <= 0:
        return
    file = private_folder(data_folder()) / FILE
    times = read_json(file) or {}
    rate = seconds / voxels
    before = times.get(model_id)
    if isinstance(before, dict):
        rate = (1 - _KEPT) * rate + _KEPT * float(before["seconds_per_voxel"])
    times[model_id] = {"seconds_per_voxel": rate}
    write_json(file, times)
