"""The door for zips: what is ours comes through, everything hostile stays out."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.models import archive
from ugmcl.models.archive import pack, unpack
from ugmcl.models.package import ModelPackage

Write = Callable[..., ModelPackage]


def zip_of(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def zip_with(path: Path, name: str, content: bytes = b"{}", **attributes: int) -> Path:
    """A zip of one member whose entry has unusual attributes."""
    with zipfile.ZipFile(path, "w") as opened:
        member = zipfile.ZipInfo(name)
        for key, value in attributes.items():
            setattr(member, key, value)
        opened.writestr(member, content)
    return path


def refused(path: Path, into: Path) -> str:
    """The reason; nothing may lie outside of the folder that was given."""
    outside = {entry for entry in into.parent.rglob("*") if into not in (entry, *entry.parents)}
    with pytest.raises(UserError) as fault:
        unpack(path, into)
    after = {entry for entry in into.parent.rglob("*") if into not in (entry, *entry.parents)}
    assert after == outside
    text = str(fault.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "a/../../evil.json",
        "/evil.json",
        "//host/evil.json",
        "C:/evil.json",
        "C:evil.json",
        "..\\evil.json",
        "a\\evil.json",
        "./model.json",
        "a//b.json",
        "nul\x00.json",
        "line\nbreak.json",
        "..",
        " ",
    ],
)
def test_names_that_lead_out(strange: Path, name: str) -> None:
    path = zip_of(strange / "x.zip", {"AAAA.json": b"{}"})
    raw, old = path.read_bytes(), b"AAAA.json"  # zipfile would mend some of these names while writing
    encoded = name.encode()
    patched = raw
    for signature, length_at, name_at in ((b"PK\x03\x04", 26, 30), (b"PK\x01\x02", 28, 46)):
        start = patched.index(signature)
        patched = (
            patched[: start + length_at]
            + struct.pack("<H", len(encoded))
            + patched[start + length_at + 2 : start + name_at]
            + encoded
            + patched[start + name_at + len(old) :]
        )
    grown = len(encoded) - len(old)
    end = patched.index(b"PK\x05\x06")
    size, offset = struct.unpack("<II", patched[end + 12 : end + 20])
    patched = patched[: end + 12] + struct.pack("<II", size + grown, offset + grown) + patched[end + 20 :]
    path.write_bytes(patched)
    with zipfile.ZipFile(path) as opened:
        assert opened.infolist()[0].orig_filename == name
    assert "refused" in refused(path, strange / "into")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files(strange: Path, kind: int) -> None:
    path = zip_with(
        strange / "x.zip", "model.json", b"/etc/passwd", create_system=3, external_attr=(kind | 0o777) << 16
    )
    assert "link or a special file" in refused(path, strange / "into")


def test_bombs(strange: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_of(strange / "x.zip", {"model.json": b" " * 20_000_000})
    assert path.stat().st_size < 50_000
    assert "times its size" in refused(path, strange / "into")
    monkeypatch.setattr(archive, "LARGEST_TOTAL", 1000)
    many = zip_of(strange / "y.zip", {f"{n}.json": os.urandom(300) for n in range(5)})
    assert "far larger" in refused(many, strange / "into")
    monkeypatch.setattr(archive, "LARGEST_MEMBER", 100)
    one = zip_of(strange / "z.zip", {"model.json": os.urandom(300)})
    assert "far larger" in refused(one, strange / "into")


def test_a_size_that_lies(strange: Path) -> None:
    content = os.urandom(5000)
    path = zip_of(strange / "x.zip", {"model.json": content}, zipfile.ZIP_STORED)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<II", 5000, 5000), struct.pack("<II", 5000, 10)))
    assert refused(path, strange / "into")
    assert not any(file.stat().st_size > 10 for file in (strange / "into").rglob("*"))


def test_too_many_members(strange: Path) -> None:
    path = zip_of(strange / "x.zip", {f"{n}.txt": b"" for n in range(archive.MOST_MEMBERS + 1)})
    assert "files" in refused(path, strange / "into")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [("model.json", "model.json"), ("model.json", "MODEL.json"), ("m/model.json", "M/model.JSON")],
)
def test_two_members_that_mean_one_file(strange: Path, names: tuple[str, str]) -> None:
    with zipfile.ZipFile(strange / "x.zip", "w") as opened:
        for name in names:
            opened.writestr(name, "{}")
    assert "several members" in refused(strange / "x.zip", strange / "into")


def test_a_folder_and_a_file_at_once(strange: Path) -> None:
    path = zip_of(strange / "x.zip", {"a.json": b"{}", "A.json/b.json": b"{}"})
    assert "folder and a file" in refused(path, strange / "into")


@pytest.mark.parametrize(
    "name", ["weights.pt", "model.pkl", "run.py", "x.exe", "NUL.json", "été.json", "a.zip"]
)
def test_files_that_no_model_has(strange: Path, name: str) -> None:
    assert "refused" in refused(zip_of(strange / "x.zip", {name: b"x"}), strange / "into")


def test_encrypted_and_unusual_packing(strange: Path) -> None:
    path = zip_of(strange / "x.zip", {"model.json": b"{}"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "encrypted" in refused(path, strange / "into")
    lzma = zip_of(strange / "y.zip", {"model.json": b"{}"}, zipfile.ZIP_LZMA)
    assert "unusual" in refused(lzma, strange / "into")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 50])
def test_no_zip_at_all(strange: Path, content: bytes) -> None:
    (strange / "x.zip").write_bytes(content)
    assert "no zip" in refused(strange / "x.zip", strange / "into")


def test_a_zip_with_a_damaged_member(strange: Path) -> None:
    path = zip_of(strange / "x.zip", {"model.json": os.urandom(4000)}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[2000] ^= 0xFF
    path.write_bytes(raw)
    assert "damaged" in refused(path, strange / "into")


def test_what_systems_add_is_left_out(strange: Path) -> None:
    path = zip_of(
        strange / "x.zip",
        {"m/": b"", "m/model.json": b"{}", "__MACOSX/m/._model.json": b"x", "m/.DS_Store": b"x"},
    )
    written = unpack(path, strange / "into")
    assert [file.relative_to(strange / "into").as_posix() for file in written] == ["m/model.json"]


def test_packing_is_the_same_every_time_and_comes_back(write: Write, strange: Path) -> None:
    package = write()
    assert package.path
    files = {name: package.path / name for name in os.listdir(package.path)}
    one = pack(strange / "one.zip", files)
    os.utime(package.path / "model.json", (1, 1))
    two = pack(strange / "two.zip", dict(reversed(files.items())))
    assert one.read_bytes() == two.read_bytes()
    unpack(one, strange / "into")
    for name, file in files.items():
        assert (strange / "into" / name).read_bytes() == file.read_bytes()
    with pytest.raises(UserError, match="something already"):
        pack(one, files)
