"""The result of a run: verdict, table, report, and its model's way into the list of models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from modules.training.tiny_runs import dataset, finished_run

from ugmcl.jobs.folder import JobFolder
from ugmcl.models.exchange import import_model
from ugmcl.models.library import find_model, list_models

__all__ = ["dataset", "finished_run"]
pytestmark = pytest.mark.timeout(400)

SENTENCE = "The new model is better: on 12 test cases the mean Dice rose from 0.700 to 0.800."


def outcome(verdict: str = "better", control: bool = True) -> dict[str, Any]:
    """As `ugmcl.outcome.record.Outcome` writes it."""
    models = {"before": 0.7, "after": 0.8, **({"control": 0.75} if control else {})}
    names = ["anterior", "posterior", "all segments"]
    pair = {"pair": "after-before", "metric": "dice", "n": 12, "difference": 0.1, "low": 0.05, "high": 0.15}
    return {
        "format": "ugmcl-outcome/1",
        "verdict": verdict,
        "sentence": SENTENCE,
        "warnings": ["The segment posterior became worse."],
        "role": "test",
        "cases": 12,
        "seen_by_choice": False,
        "segments": names[:2],
        "rows": [{"case": "a", "segment": "anterior", **models}],
        "means": {
            model: [{"segment": name, "mean": value, "sd": 0.1, "n": 12} for name in names]
            for model, value in models.items()
        },
        "paired": [{**pair, "segment": name, "p_holm": 0.0004} for name in names],
        "control": {"sentence": "The unlabelled cases helped.", "iterations": 20} if control else None,
        "model": "model",
    }


@pytest.fixture
def section(panel: Any) -> Any:
    found = panel.section("OutcomeSection")
    found.ui.outcomeCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    return found


@pytest.fixture
def run(finished_run: JobFolder, tmp_path: Path) -> Path:
    """A finished run of its own; its model differs from all others of these tests."""
    folder = tmp_path / "Läufe" / tmp_path.name
    shutil.copytree(finished_run.path, folder)
    rename_model(folder, tmp_path.name.replace("_", "-"))
    (folder / "outcome.json").write_text(json.dumps(outcome()), encoding="utf-8")
    return folder


def rename_model(folder: Path, name: str) -> None:
    description = folder / "model" / "model.json"
    values = json.loads(description.read_text(encoding="utf-8"))
    description.write_text(json.dumps({**values, "name": name, "title": name}), encoding="utf-8")


def show(panel: Any, section: Any, run: Path) -> Any:
    panel.section("RunsSection").open_run(run)
    panel.settle()
    panel.host.wait_until(lambda: section.finished is not None, 120, "the look at the result")
    panel.host.wait_until(lambda: panel.section("RunsSection").chosen() is not None, 120, "the list")
    panel.settle()
    return section.ui


def table_cells() -> list[list[str]]:
    import slicer

    nodes = slicer.util.getNodesByClass("vtkMRMLTableNode")
    (node,) = [node for node in nodes if node.GetAttribute("UGMCL.Role") == "training outcome"]
    table = node.GetTable()
    columns, count = table.GetNumberOfColumns(), table.GetNumberOfRows()
    head = [table.GetColumnName(column) for column in range(columns)]
    return [head] + [
        [table.GetValue(row, column).ToString() for column in range(columns)] for row in range(count)
    ]


def test_verdict_and_table(panel: Any, section: Any, run: Path) -> None:
    ui = show(panel, section, run)
    text = ui.outcomeVerdictLabel.text
    assert text.splitlines() == [
        SENTENCE, "The segment posterior became worse.", "The unlabelled cases helped.",
    ]  # fmt: skip
    head, anterior, _posterior, everything = table_cells()
    assert head == ["Segment", "Before", "After", "Control", "Change", "p"]
    assert anterior == ["anterior", "0.700", "0.800", "0.750", "+0.100\n+0.050 … +0.150", "< 0.001"]
    assert everything[0] == "all segments"
    assert ui.outcomeTableView.visible and ui.outcomeTableView.mrmlTableNode() is not None


@pytest.mark.parametrize(
    ("verdict", "warns"),
    [("better", False), ("worse", True), ("not better", True), ("too few", True), ("cannot compare", True)],
)
def test_a_warning_unless_it_is_better(
    panel: Any, section: Any, run: Path, verdict: str, warns: bool
) -> None:
    (run / "outcome.json").write_text(json.dumps(outcome(verdict, control=False)), encoding="utf-8")
    ui = show(panel, section, run)
    assert section.finished.warns is warns
    assert ui.outcomeIconLabel.visible
    assert "Control" not in table_cells()[0]


def test_without_an_outcome_the_model_can_be_used_all_the_same(panel: Any, section: Any, run: Path) -> None:
    (run / "outcome.json").unlink()
    ui = show(panel, section, run)
    assert "not compared yet" in ui.outcomeVerdictLabel.text and not ui.outcomeTableView.visible
    assert ui.outcomeUseButton.enabled and ui.outcomeAgainButton.enabled


def test_the_report_opens_in_the_browser(
    panel: Any, section: Any, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qt

    opened: list[str] = []
    ui = show(panel, section, run)
    monkeypatch.setattr(qt.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    panel.host.click(ui.outcomeReportButton)
    assert [Path(path) for path in opened] == [run / "report.html"]
    (run / "report.html").unlink()
    section.look()
    panel.host.wait_until(lambda: not ui.outcomeReportButton.enabled, 120, "the look")
    assert "no report" in ui.outcomeReportButton.toolTip


def test_use_this_model_in_the_segmentation_module(panel: Any, section: Any, run: Path) -> None:
    """Offered and chosen there, also when that module was opened before."""
    import slicer

    host = panel.host
    segmentation = host.open("UGMCLSegmentation")
    host.open("UGMCLTraining")
    ui = show(panel, section, run)
    assert "not in the list" in ui.outcomeModelLabel.text and not ui.outcomeRemoveButton.enabled
    name = ui.outcomeNameEdit.text
    assert name == find_model(run / "model").name
    host.click(ui.outcomeUseButton)
    host.wait_until(lambda: f"{name}@1.0" in ui.outcomeModelLabel.text, 120, "the registration")
    assert f"{name}@1.0" in ui.outcomeMessageLabel.text
    slicer.util.selectModule("UGMCLSegmentation")
    host.process_events(0.2)
    assert segmentation.parameters.model == f"{name}@1.0"
    combo = segmentation.ui.modelCombo
    assert "version 1.0" in combo.currentText and segmentation.ui.modelInfoLabel.visible


def test_a_model_that_comes_while_the_other_module_is_hidden_is_listed_when_it_is_shown(
    panel: Any, section: Any, run: Path
) -> None:
    segmentation = panel.host.open("UGMCLSegmentation")
    before = segmentation.ui.modelCombo.count
    panel.host.open("UGMCLTraining")
    package = import_model(run)
    panel.host.open("UGMCLSegmentation")
    assert segmentation.ui.modelCombo.count == before + 1
    assert package.id in [entry.id for entry in list_models()]


def test_a_taken_name_is_counted_up_and_another_name_can_be_given(
    panel: Any, section: Any, run: Path, tmp_path: Path
) -> None:
    host, name = panel.host, find_model(run / "model").name
    other = tmp_path / "other"
    shutil.copytree(run / "model", other)
    description = json.loads((other / "model.json").read_text(encoding="utf-8"))
    (other / "model.json").write_text(json.dumps({**description, "title": "Another"}), encoding="utf-8")
    import_model(other)
    ui = show(panel, section, run)
    host.click(ui.outcomeUseButton)
    host.wait_until(lambda: f"{name}@1.1" in ui.outcomeModelLabel.text, 120, "the counted version")
    assert find_model(f"{name}@1.0").title == "Another"
    ui.outcomeNameEdit.setText("a b")
    host.click(ui.outcomeUseButton)
    host.wait_until(lambda: "the name" in ui.outcomeMessageLabel.text, 120, "the refusal")
    ui.outcomeNameEdit.setText(f"{name}-two")
    panel.settle()
    host.click(ui.outcomeUseButton)
    host.wait_until(lambda: f"{name}-two@1.0" in ui.outcomeModelLabel.text, 120, "the second name")


def test_export_and_delete_from_the_list(
    panel: Any, section: Any, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qt

    host, ui = panel.host, show(panel, section, run)
    name = ui.outcomeNameEdit.text
    host.click(ui.outcomeUseButton)
    host.wait_until(lambda: ui.outcomeRemoveButton.enabled, 120, "the registration")
    archive = tmp_path / "model"
    monkeypatch.setattr(qt.QFileDialog, "getSaveFileName", lambda *_a: str(archive))
    for _ in range(2):  # the dialog has asked whether to replace it
        host.click(ui.outcomeExportButton)
        host.wait_until(lambda: "was written" in ui.outcomeMessageLabel.text, 120, "the export")
        panel.settle()
    host.click(ui.outcomeRemoveButton)
    assert ui.outcomeQuestionFrame.visible and f"{name}@1.0" in ui.outcomeQuestionLabel.text
    host.click(ui.outcomeNoButton)
    assert find_model(f"{name}@1.0")
    host.click(ui.outcomeRemoveButton)
    host.click(ui.outcomeYesButton)
    host.wait_until(lambda: "was deleted" in ui.outcomeMessageLabel.text, 120, "the deletion")
    host.wait_until(lambda: not ui.outcomeRemoveButton.enabled, 120, "the look")
    assert f"{name}@1.0" not in [entry.id for entry in list_models()]
    assert (run / "model" / "model.json").is_file(), "the run keeps its own"
    assert import_model(archive.with_suffix(".zip")).name == name


def test_the_report_is_made_again(panel: Any, section: Any, run: Path) -> None:
    for name in ("outcome.json", "report.html"):
        (run / name).unlink()
    ui = show(panel, section, run)
    panel.host.start_pause_watch()
    panel.host.click(ui.outcomeAgainButton)
    assert ui.outcomeAgainButton.text == "Cancel" and not ui.outcomeControlBox.enabled
    panel.host.wait_until(lambda: section.report_job is None, 150, "the report")
    assert "was made" in ui.outcomeMessageLabel.text
    panel.host.wait_until(lambda: section.finished.outcome, 120, "the look")
    assert (run / "report.html").is_file() and ui.outcomeReportButton.enabled
    assert ui.outcomeAgainButton.text == "Make the report again"
    assert panel.host.longest_pause() < 1.0


def test_a_report_can_be_cancelled(panel: Any, section: Any, run: Path) -> None:
    shutil.rmtree(run / "outcome", ignore_errors=True)
    (run / "outcome.json").unlink()
    ui = show(panel, section, run)
    panel.host.click(ui.outcomeAgainButton)
    panel.host.process_events(0.3)
    panel.host.click(ui.outcomeAgainButton)
    panel.host.wait_until(lambda: section.report_job is None, 250, "the end")
    assert ui.outcomeMessageLabel.text in ("Stopped.", "The report was made.")
