"""The extension's description is the same everywhere, obeys the index's rules and names files that exist."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from urllib.parse import urlsplit

import pytest

# Slicer's Schemas/slicer-extension-catalog-entry-schema-v1.0.1.json: keys and types; it allows no others.
ENTRY_KEYS = {
    "$schema": str, "category": str, "scm_url": str, "scm_revision": str, "scm_type": str,
    "build_dependencies": list, "build_subdirectory": str, "enabled": bool, "tier": int,
}  # fmt: skip
REQUIRED = {"$schema", "category", "scm_url"}
REPOSITORY_NAMES = ("Slicer", "SlicerExtension-", "SlicerExtension_")
LICENCE_FILES = {"LICENSE", "LICENSE.txt", "LICENCE", "License.txt", "COPYING"}


@pytest.fixture(scope="module")
def entry(root: Path) -> dict[str, object]:
    return json.loads((root / "UGMCL.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def s4ext(root: Path) -> dict[str, str]:
    lines = (root / "UGMCL.s4ext").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" ", 1) for line in lines if line.strip() and not line.startswith("#")]
    assert all(len(pair) == 2 and pair[1].strip() for pair in pairs)
    return {key: value.strip() for key, value in pairs}


@pytest.fixture(scope="module")
def settings(root: Path) -> dict[str, str]:
    """EXTENSION_… values as the index's checker finds them: one line each, in double quotes."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    return dict(re.findall(r'^set\((EXTENSION_\w+) "([^"\n]*)"\)', text, flags=re.MULTILINE))


def png_size(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n", path
    return struct.unpack(">II", header[16:24])


def test_the_index_entry_follows_its_schema(entry: dict[str, object], root: Path) -> None:
    assert entry.keys() >= REQUIRED
    assert not entry.keys() - ENTRY_KEYS.keys()
    assert all(isinstance(value, ENTRY_KEYS[key]) for key, value in entry.items())
    assert entry["tier"] in (1, 3, 5)
    assert entry["scm_type"] == "git"
    assert b"\r" not in (root / "UGMCL.json").read_bytes()


def test_the_address_is_one_the_index_takes(entry: dict[str, object]) -> None:
    address = urlsplit(str(entry["scm_url"]))
    assert address.scheme in ("https", "git")
    assert address.path.rsplit("/", 1)[-1].startswith(REPOSITORY_NAMES)


def test_entry_s4ext_and_cmake_agree(
    entry: dict[str, object], s4ext: dict[str, str], settings: dict[str, str]
) -> None:
    assert s4ext["scm"] == entry["scm_type"]
    assert s4ext["scmurl"] == entry["scm_url"] == settings["EXTENSION_HOMEPAGE"] == s4ext["homepage"]
    assert s4ext["scmrevision"] == entry["scm_revision"]
    assert s4ext["build_subdirectory"] == entry["build_subdirectory"]
    assert s4ext["category"] == entry["category"] == settings["EXTENSION_CATEGORY"]
    depends = settings["EXTENSION_DEPENDS"]
    assert s4ext["depends"] == depends
    assert entry["build_dependencies"] == ([] if depends == "NA" else depends.split())
    for key in ("contributors", "iconurl", "description", "screenshoturls"):
        assert s4ext[key] == settings[f"EXTENSION_{key.upper()}"], key


def test_the_project_is_named_after_the_entry(root: Path) -> None:
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    assert re.search(r"^project\((\w+)\)", text, flags=re.MULTILINE)[1] == "UGMCL"
    assert "## NEXT_MODULE" in text


def test_pictures_named_by_address_are_in_the_repository(root: Path, settings: dict[str, str]) -> None:
    base = settings["EXTENSION_HOMEPAGE"] + "/raw/main/"
    icon = settings["EXTENSION_ICONURL"]
    screenshots = settings["EXTENSION_SCREENSHOTURLS"].split()
    assert screenshots
    for address in (icon, *screenshots):
        assert address.startswith(base)
        assert address.endswith((".png", ".webp"))
        assert (root / address.removeprefix(base)).is_file(), address


def test_licence_and_readme_are_our_own(root: Path, settings: dict[str, str]) -> None:
    for key in ("EXTENSION_LICENSE_FILE", "EXTENSION_README_FILE"):
        path = settings[key]
        assert path.startswith("${CMAKE_CURRENT_SOURCE_DIR}/")
        assert (root / path.split("/", 1)[1]).is_file()
    assert settings["EXTENSION_LICENSE_FILE"].rsplit("/", 1)[1] in LICENCE_FILES
    assert "Apache" in (root / "README.md").read_text(encoding="utf-8")


def test_icons_are_square_and_large_enough(root: Path) -> None:
    modules = [path.parent.name for path in root.glob("UGMCL*/CMakeLists.txt")]
    icons = [root / name / "Resources" / "Icons" / f"{name}.png" for name in modules]
    for icon in (root / "Resources" / "Icons" / "UGMCL.png", *icons):
        width, height = png_size(icon)
        assert width == height >= 128, icon


def test_thumbnails_have_sample_datas_size(root: Path) -> None:
    samples = json.loads((root / "Resources" / "SampleData" / "samples.json").read_text(encoding="utf-8"))
    for sample in samples["samples"]:
        picture = root / "UGMCLSegmentation" / "Resources" / "Icons" / f"{sample['id']}.png"
        assert png_size(picture) == (260, 280), picture


def test_no_two_modules_ship_different_files_under_one_name(root: Path) -> None:
    """Slicer copies the Resources of all modules of an extension into one folder; models and samples too."""
    seen: dict[str, Path] = {}
    folders = [path.parent / "Resources" for path in root.glob("UGMCL*/CMakeLists.txt")]
    folders += [root / "Resources"]
    shared = {"Models", "SampleData"}
    for folder in folders:
        for path in sorted(folder.rglob("*.*")):
            name = path.relative_to(folder)
            if folder == root / "Resources" and name.parts[0] not in shared:
                continue
            assert str(name) not in seen, f"{path} and {seen[str(name)]}"
            seen[str(name)] = path


def test_the_checkout_stays_below_the_indexs_100_megabytes(root: Path) -> None:
    folders = ("ugmcl", "Resources", "docs", "Testing", *(path.parent.name for path in root.glob("UGMCL*/")))
    sizes = [
        path.stat().st_size for folder in folders for path in (root / folder).rglob("*") if path.is_file()
    ]
    assert sum(sizes) < 90e6
