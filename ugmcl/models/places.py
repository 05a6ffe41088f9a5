"""Where models lie: those that came with the software, a site's folders, the user's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ugmcl.jobs.environment import data_folder

SITE_VARIABLE = "UGMCL_MODELS"


@dataclass(frozen=True)
class Place:
    """A folder of models: ``kind`` is ``shipped``, ``site`` or ``own``; only one's own can be changed."""

    kind: str
    folder: Path

    @property
    def words(self) -> str:
        """For messages."""
        return {"shipped": "shipped with UG-MCL", "site": f"in {self.folder}", "own": "your own"}[self.kind]


def places() -> list[Place]:
    """All places that exist, in the order in which models are listed."""
    site = [Path(text) for text in os.environ.get(SITE_VARIABLE, "").split(os.pathsep) if text.strip()]
    wanted = [
        *(Place("shipped", folder) for folder in shipped_folders()),
        *(Place("site", folder) for folder in site),
        Place("own", own_folder()),
    ]
    found: list[Place] = []
    for place in wanted:
        if _exists(place.folder) and not any(place.folder.samefile(known.folder) for known in found):
            found.append(place)
    return found


def _exists(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:  # a site's folder that this user may not reach holds nothing for him
        return False


def shipped_folders() -> list[Path]:
    """`Resources/Models` beside the package (source tree, Slicer extension) and inside of it (wheel)."""
    package = Path(__file__).resolve().parents[1]
    return [package.parent / "Resources" / "Models", package / "Resources" / "Models"]


def own_folder() -> Path:
    """The user's folder of models; it need not exist."""
    return data_folder() / "models"
