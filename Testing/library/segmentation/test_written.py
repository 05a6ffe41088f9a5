"""Whether a folder can take results is known before the work; nothing of a killed one stays for ever."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.segmentation.written import STAGE, ready_output


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="cannot write here"):
        ready_output(tmp_path / "file")
    with pytest.raises(UserError, match="cannot write here"):
        ready_output(tmp_path / "file" / "below")
    ready_output(tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir() and not list((tmp_path / "new" / "folder").iterdir())


def test_leftovers_of_a_killed_segmentation_go_away(tmp_path: Path) -> None:
    left, recent = tmp_path / f"{STAGE}left", tmp_path / f"{STAGE}recent"
    for folder in (left, recent):
        folder.mkdir()
        (folder / "half.nrrd").write_text("half")
    old = time.time() - 2 * 24 * 3600
    os.utime(left, (old, old))
    ready_output(tmp_path)
    assert not left.exists() and recent.exists(), "another process may be writing there now"
