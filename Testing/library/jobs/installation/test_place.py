"""Places that cannot hold an environment are named before anything is fetched."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs import installation_place
from ugmcl.jobs.installation_place import check_place, clear_part, growing, part_of, too_long


def test_a_good_place_stays_as_it_is(tmp_path: Path) -> None:
    check_place(tmp_path / "env" / "new", 1)
    assert list((tmp_path / "env").iterdir()) == []


def test_one_that_exists(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is an environment already. Remove it first"):
        check_place(tmp_path, 0)


def test_too_little_space(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"1000000000.0 GB are needed, [\d.]+ GB are free. Make room"):
        check_place(tmp_path / "new", 10**18)


def test_one_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(UserError, match="cannot be written"):
        check_place(tmp_path / "file" / "env", 0)


def test_too_long_a_path_for_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users, rest = PureWindowsPath("C:/Users"), "AppData/Local/ugmcl/env/s5.12.2-u0.1.0"
    assert not too_long(users / "firstname.lastname" / rest)
    assert too_long(users / ("n" * 40) / rest)
    monkeypatch.setattr(installation_place, "WINDOWS", True)
    with pytest.raises(UserError, match=r"too long for Windows. Set UGMCL_HOME to a shorter one"):
        check_place(tmp_path / ("a" * 60) / "env", 0)


def test_nothing_remains_of_work_that_failed(tmp_path: Path) -> None:
    target = tmp_path / "env"
    with pytest.raises(ArithmeticError), growing(target) as part:
        (part / "half").write_text("", encoding="ascii")
        raise ArithmeticError
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    target = tmp_path / "env"
    with growing(target) as part:
        with pytest.raises(UserError, match="another installation is at work there"), growing(target):
            pass
        clear_part(target)
        assert part.is_dir()
    part_of(target).mkdir()
    clear_part(target)
    assert list(tmp_path.iterdir()) == []
