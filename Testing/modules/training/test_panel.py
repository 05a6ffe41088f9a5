"""The panel opens, follows the scene, and says where to set up what it needs."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)


def test_it_opens_and_closes_with_the_scene(panel: Any, host: Any) -> None:
    assert panel.parameters is not None
    panel.parameters.preset = "plus"
    host.close_scene()
    assert panel.parameters is not None
    assert panel.parameters.preset == "fine-tune"


def test_a_project_that_is_gone_is_one_line(panel: Any, tmp_path: Any) -> None:
    panel.parameters.projectFolder = str(tmp_path / "gone")
    panel.settle()
    assert panel.widget.project() is None
    assert "gone" in panel.message


def test_set_up_is_offered_where_nothing_can_compute(
    panel: Any, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    monkeypatch.setattr(panel.widget.logic, "can_compute", lambda: False)
    panel.widget.refresh()
    host.click(panel.ui.setUpButton)
    assert slicer.util.selectedModule() == "UGMCLSegmentation"
    assert slicer.modules.UGMCLSegmentationWidget.ui.questionFrame.visible


def test_narrow_model_is_in_the_library(narrow_model: str) -> None:
    from ugmcl.models.library import find_model

    package = find_model(narrow_model)
    assert [segment.name for segment in package.segments] == ["anterior hippocampus", "posterior hippocampus"]
