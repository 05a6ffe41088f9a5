"""The base classes of a module, and translation."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)

MODULE = """
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import *

class Example(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Example {number}").format(number=1)

class ExampleTest(ScriptedLoadableModuleTest):
    ran = []
    def setUp(self):
        self.ran.append("setUp")
    def test_first(self):
        self.ran.append("first")
    def test_second(self):
        self.ran.append("second")
"""


@pytest.fixture
def example(host: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module file that was imported by its name."""
    import importlib

    (tmp_path / "UgmclExample.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.reload(importlib.import_module("UgmclExample"))


def described(example: Any) -> Any:
    return example.Example(types.SimpleNamespace(path=example.__file__))


def test_a_module_describes_itself(example: Any, tmp_path: Path) -> None:
    import slicer

    icons = tmp_path / "Resources" / "Icons"
    icons.mkdir(parents=True)
    (icons / "Example.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    module = described(example)
    assert (module.moduleName, module.parent.title) == ("Example", "Example 1")
    assert (module.parent.dependencies, module.parent.categories) == ([], [])
    assert Path(module.resourcePath("UI/Example.ui")) == tmp_path / "Resources" / "UI" / "Example.ui"
    assert module.parent.icon is not None
    assert slicer.selfTests["Example"] == module.runTest
    assert "<a href" in module.getDefaultModuleDocumentationLink()


def test_the_modules_test_runs_its_methods(example: Any) -> None:
    example.ExampleTest.ran.clear()
    described(example).runTest(msec=1)
    assert example.ExampleTest.ran == ["setUp", "first", "setUp", "second"]


def test_a_module_without_a_test_says_so(example: Any) -> None:
    module = described(example)
    del example.ExampleTest
    with pytest.raises(AssertionError, match="ExampleTest"):
        module.runTest()


def test_a_panel_of_its_own(host: Any) -> None:
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget

    class ExampleWidget(ScriptedLoadableModuleWidget):
        steps: list[str] = []

        def setup(self) -> None:
            ScriptedLoadableModuleWidget.setup(self)
            self.steps.append("setup")

        def cleanup(self) -> None:
            self.steps.append("cleanup")

    widget = ExampleWidget()
    assert (widget.moduleName, widget.steps) == ("Example", ["setup"])
    assert widget.layout is not None
    widget._onModuleAboutToBeUnloaded("Another")
    assert widget.steps == ["setup"]
    widget._onModuleAboutToBeUnloaded("Example")
    assert widget.steps == ["setup", "cleanup"]
    widget.parent.deleteLater()


def test_texts_are_asked_for_with_the_files_name(example: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import slicer
    from slicer.i18n import tr, translate

    asked = []

    def translator(context: str, text: str) -> str:
        asked.append(context)
        return {"Hello {name}": "Bonjour {name}", "Wrong {name}": "Faux {nom}"}.get(text, text)

    monkeypatch.setattr(slicer.app, "translate", translator)
    assert tr("Hello {name}") == "Bonjour {name}"
    assert tr("Wrong {name}") == "Wrong {name}"
    assert tr("{{kept}} as it is") == "{{kept}} as it is"
    assert translate("qSlicerAbstractCoreModule", "Segmentation") == "Segmentation"
    described(example)
    assert asked[:4] == ["test_base_classes"] * 3 + ["qSlicerAbstractCoreModule"]
    assert asked[-1] == "UgmclExample"


def test_run_unit_test(example: Any) -> None:
    from slicer.testing import runUnitTest

    folder = str(Path(example.__file__).parent)
    runUnitTest([folder], "UgmclExample.ExampleTest.test_first")
    with pytest.raises(Exception, match=r".*"):
        runUnitTest(folder, "UgmclExample.ExampleTest.test_nothing")
