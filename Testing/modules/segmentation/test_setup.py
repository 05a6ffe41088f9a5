"""Where the computation lives: the question in every answer, with a folder of small stand-in wheels."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.pins import DIRECT

pytestmark = pytest.mark.timeout(240)
TORCH = """
__version__ = "stand-in"
class version: cuda = None
class cuda:
    @staticmethod
    def is_available(): return False
class _Number(float):
    def sum(self): return self
def ones(*shape): return None
class nn:
    class functional:
        @staticmethod
        def conv3d(image, kernel): return _Number({value})
"""


def make_wheel(folder: Path, name: str, version: str, source: str) -> None:
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", source)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(
            f"{info}/RECORD", f"{module}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )


@pytest.fixture
def wheels(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with a stand-in for each package; ``without`` leaves one out, ``value`` breaks torch."""

    def make(without: str = "", value: float = 216.0) -> Path:
        folder = tmp_path / "wheels with space"
        folder.mkdir()
        for requirement in DIRECT:
            name, _, rest = requirement.partition("==")
            version, _, marker = rest.partition(";")
            if ("!=" in marker) == (sys.platform == "win32") and marker:
                continue
            if name != without:
                make_wheel(
                    folder, name, version.strip(), TORCH.format(value=value) if name == "torch" else ""
                )
        return folder

    return make


@pytest.fixture
def bare(panel: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The panel on a computer without torch."""
    from ugmcl.slicer import interpreter, settings

    monkeypatch.setattr(interpreter, "NEEDED", {"ugmcl-no-such-package": "1"})
    panel.widget.refresh()
    panel.section("SetupSection").refresh()
    yield panel
    settings.set_wheels_folder("")
    settings.set_own_python("")
    remove_environment()


def remove_environment() -> None:
    import shutil

    from ugmcl.slicer.interpreter import environment_folder

    shutil.rmtree(environment_folder().parent, ignore_errors=True)


def left() -> list[str]:
    """What lies where environments are kept."""
    from ugmcl.slicer.interpreter import environment_folder

    folder = environment_folder().parent
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def choose_wheels(panel: Any, folder: Path) -> None:
    panel.ui.wheelsPathEdit.setCurrentPath(str(folder))
    panel.settle()


def install(panel: Any) -> str:
    """Clicks through the question and waits; returns the last line."""
    panel.host.click(panel.ui.installButton)
    panel.host.click(panel.ui.installNowButton)
    section = panel.section("SetupSection")
    panel.host.wait_until(lambda: not section.installing, 150, "the end of the installation")
    panel.settle()
    return str(panel.ui.installStageLabel.text)


def open_set_up(panel: Any) -> None:
    panel.ui.setupCollapsibleButton.setProperty("collapsed", False)
    panel.settle()


def test_segment_without_torch_asks_one_question_and_not_now_changes_nothing(
    bare: Any, screenshots: Path
) -> None:
    assert bare.ui.setUpButton.visible
    bare.start()
    bare.settle()
    assert bare.run is None
    assert "not set up" in bare.message
    assert bare.ui.questionFrame.visible
    question = bare.ui.questionLabel.text
    assert "GB" in question
    assert "env" in question
    bare.host.screenshot(screenshots / "segmentation_install.png")
    bare.host.click(bare.ui.notNowButton)
    bare.settle()
    assert not bare.ui.questionFrame.visible
    assert bare.ui.installStageLabel.text == "Nothing was changed."
    assert left() == []
    bare.usable()


def test_yes_installs_from_a_folder_of_wheels_and_remove_takes_it_away(
    bare: Any, wheels: Callable[..., Path]
) -> None:
    from ugmcl.slicer.interpreter import environment_folder, find_interpreter

    open_set_up(bare)
    choose_wheels(bare, wheels())
    assert install(bare) == "Installed and checked. You can segment now."
    assert left() == [environment_folder().name]
    assert (environment_folder() / "torch.py").is_file()
    assert find_interpreter().interpreter.first == (environment_folder(),)
    assert "private environment" in bare.ui.setupStateLabel.text
    assert not bare.ui.setUpButton.visible

    bare.host.click(bare.ui.removeButton)
    bare.host.click(bare.ui.notNowButton)
    assert environment_folder().is_dir()
    bare.host.click(bare.ui.removeButton)
    bare.host.click(bare.ui.installNowButton)
    bare.settle()
    assert bare.ui.installStageLabel.text == "The private folder was removed."
    bare.host.wait_until(lambda: left() == [], 10, "the folder's removal")
    assert find_interpreter().interpreter is None


@pytest.mark.parametrize(
    ("flaw", "words"), [({"without": "monai"}, "monai"), ({"value": 1.0}, "convolution")]
)
def test_a_failed_installation_leaves_nothing(
    bare: Any, wheels: Callable[..., Path], flaw: dict[str, Any], words: str
) -> None:
    open_set_up(bare)
    choose_wheels(bare, wheels(**flaw))
    said = install(bare)
    assert said.startswith("Nothing was installed.")
    assert words in said
    bare.host.wait_until(lambda: left() == [], 10, "the removal of what was begun")


def test_cancel_while_installing_leaves_nothing(bare: Any, wheels: Callable[..., Path]) -> None:
    open_set_up(bare)
    choose_wheels(bare, wheels())
    bare.host.click(bare.ui.installButton)
    bare.host.click(bare.ui.installNowButton)
    stage = bare.ui.installStageLabel
    bare.host.wait_until(lambda: stage.text.startswith("Finding"), 100, "the search for packages")
    bare.host.click(bare.ui.cancelInstallButton)
    bare.host.wait_until(lambda: not bare.section("SetupSection").installing, 60, "the end")
    assert stage.text == "Cancelled. Nothing was installed."
    bare.host.wait_until(lambda: left() == [], 10, "the removal of what was begun")


def test_a_python_of_ones_own(bare: Any, tmp_path: Path) -> None:
    open_set_up(bare)
    bare.ui.pythonPathEdit.setCurrentPath(str(tmp_path / "no such python"))
    bare.settle()
    assert "There is no such program" in bare.ui.pythonHintLabel.text
    assert "does not exist" in bare.ui.setupStateLabel.text
    bare.ui.pythonPathEdit.setCurrentPath(sys.executable)
    bare.settle()
    assert not bare.ui.pythonHintLabel.visible
    assert "your own Python" in bare.ui.setupStateLabel.text
    assert bare.segment().segmentation is not None


def test_torch_in_slicers_own_python_is_used(panel: Any) -> None:
    assert "Slicer's Python with PyTorch" in panel.ui.setupStateLabel.text
    assert not panel.ui.setUpButton.visible


def test_diagnostics_name_no_user(panel: Any) -> None:
    import slicer

    panel.ui.logCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    panel.host.click(panel.ui.copyDiagnosticsButton)
    panel.host.wait_until(lambda: "clipboard" in panel.message, 100, "the diagnostics")
    text = slicer.app.clipboard().text()
    assert "UG-MCL" in text
    assert "torch" in text
    assert str(Path.home()) not in text
