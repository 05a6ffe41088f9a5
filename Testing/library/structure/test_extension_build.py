"""CMake configures and installs the extension against a stand-in of Slicer; what it installs is complete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FAKE = Path(__file__).resolve().parent / "fake_slicer"
INSTALLED = Path("lib") / "Slicer-5.10" / "qt-scripted-modules"
FIND = """
from ugmcl.models.places import places
from ugmcl.samples import list_samples, verify
import ugmcl
print(ugmcl.__file__)
print(*[place.folder for place in places() if place.kind == "shipped"])
print(verify(list_samples()[0]).image)
"""


@pytest.fixture(scope="module")
def build(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configured and installed build folder; `installed` inside it holds what a package would hold."""
    if not shutil.which("cmake"):
        pytest.skip("cmake is not on this computer")
    if not (shutil.which("c++") and shutil.which("cc")):
        pytest.skip("project(UGMCL) needs a C and a C++ compiler, as Slicer's own builds do")
    folder = tmp_path_factory.mktemp("build with spaces é")
    cmake(["-S", str(root), "-B", str(folder), f"-DSlicer_DIR={FAKE}"])
    cmake(
        ["--install", str(folder), "--prefix", str(folder / "installed"), "--component", "RuntimeLibraries"]
    )
    return folder


def cmake(arguments: list[str]) -> None:
    done = subprocess.run(["cmake", *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def recorded(build: Path, module: str) -> set[str]:
    prefix = f"file {module} "
    lines = (build / "record.txt").read_text(encoding="utf-8").splitlines()
    return {line.removeprefix(prefix) for line in lines if line.startswith(prefix)}


def on_disk(folder: Path, patterns: tuple[str, ...]) -> set[str]:
    found = {path for pattern in patterns for path in folder.rglob(pattern)}
    return {path.relative_to(folder).as_posix() for path in found if path.is_file()}


def test_the_library_is_listed_whole(root: Path, build: Path) -> None:
    files = {
        name
        for name in on_disk(root / "ugmcl", ("*",))
        if "__pycache__" not in name and name != "CMakeLists.txt"
    }
    assert recorded(build, "ugmcl") == files


@pytest.mark.parametrize("module", ["UGMCLSegmentation", "UGMCLTraining"])
def test_the_module_is_listed_whole(root: Path, build: Path, module: str) -> None:
    folder = root / module
    files = {name for name in on_disk(folder, ("*",)) if "__pycache__" not in name}
    assert recorded(build, module) == files - {"CMakeLists.txt"}


def test_every_module_folder_is_built_and_tested(root: Path, build: Path) -> None:
    lines = (build / "record.txt").read_text(encoding="utf-8").splitlines()
    modules = {path.parent.name for path in root.glob("UGMCL*/CMakeLists.txt")}
    assert {line for line in lines if line.startswith("test ")} == {f"test {name}.py" for name in modules}
    assert lines[-2:] == ["project UGMCL", "package UGMCL"]


def test_installed_files_equal_the_sources(root: Path, build: Path) -> None:
    modules = build / "installed" / INSTALLED
    for source, target in (
        (root / "ugmcl" / "samples.py", modules / "ugmcl" / "samples.py"),
        (root / "UGMCLSegmentation" / "UGMCLSegmentation.py", modules / "UGMCLSegmentation.py"),
    ):
        assert target.read_bytes() == source.read_bytes()
    for folder in ("Models", "SampleData"):
        assert on_disk(modules / "Resources" / folder, ("*",)) == on_disk(root / "Resources" / folder, ("*",))


def test_the_build_tree_holds_the_data_too(build: Path) -> None:
    assert (build / INSTALLED / "Resources" / "SampleData" / "samples.json").is_file()


def test_the_installed_library_finds_models_and_samples(build: Path, tmp_path: Path) -> None:
    """With the folder of scripted modules on the path, as in Slicer, and nothing of the repository."""
    modules = build / "installed" / INSTALLED
    environment = {**os.environ, "PYTHONPATH": str(modules), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", FIND],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    package, places, image = done.stdout.splitlines()
    assert package == str(modules / "ugmcl" / "__init__.py")
    assert places == str(modules / "Resources" / "Models")
    assert image.startswith(str(modules / "Resources" / "SampleData"))
