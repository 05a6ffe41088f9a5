"""Several volumes: what to segment, where the results go, the state of every case."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import set_enabled, set_text
from ugmcl.slicer.panel.words import time_words
from UGMCLSegmentationLib.batch.batch_run import BatchListener, BatchRun, CaseState


class BatchSection(AddedSection):
    """A batch; its button becomes Cancel while it runs."""

    layout_file = "UGMCLSegmentationBatch.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.run: Any = None
        self._loading: Any = None
        self._listed: list[str] = []
        self.ui.batchTable.setHorizontalHeaderLabels([_("Case"), _("State"), _("Remark")])
        header = self.ui.batchTable.horizontalHeader()
        header.setStretchLastSection(True)
        for column in (0, 1):
            header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        self.ui.batchTable.verticalHeader().hide()
        self.ui.batchTable.setVisible(False)
        self.ui.batchProgressBar.setVisible(False)
        for edit in (self.ui.batchFolderEdit, self.ui.batchOutputEdit):
            edit.filters = ctk.ctkPathLineEdit.Dirs
            edit.connect("currentPathChanged(QString)", widget.refresh_soon)
        for button in (self.ui.batchSceneButton, self.ui.batchFolderButton, self.ui.batchSequenceButton):
            button.connect("toggled(bool)", widget.refresh_soon)
        self.ui.batchSequenceSelector.connect("currentNodeChanged(vtkMRMLNode*)", widget.refresh_soon)
        self.ui.batchCollapsibleButton.connect("contentsCollapsed(bool)", widget.refresh_soon)
        self.ui.batchButton.connect("clicked(bool)", self.press)

    def cleanup(self) -> None:
        if self.run is not None:
            self.run.cancel()
        self._stop_loading()

    def disconnect(self) -> None:
        self._stop_loading()
        super().disconnect()

    def refresh(self) -> None:
        if self.ui.batchCollapsibleButton.collapsed:
            return
        self.ui.batchVolumesList.setVisible(self.ui.batchSceneButton.checked)
        self.ui.batchFolderEdit.setVisible(self.ui.batchFolderButton.checked)
        self.ui.batchSequenceSelector.setVisible(self.ui.batchSequenceButton.checked)
        self._list_volumes()
        running = self.run is not None and not self.run.ended
        self.ui.batchButton.setText(_("Cancel") if running else _("Segment all"))
        set_enabled(self.ui.batchButton, "" if running else self._reason())

    def press(self, *_args: Any) -> None:
        """Start, or cancel."""
        if self.run is not None and not self.run.ended:
            self.run.cancel()
            return
        try:
            self._start()
        except UserError as fault:
            set_text(self.ui.batchMessageLabel, str(fault))
        self.refresh()

    def _start(self) -> None:
        from ugmcl.models.library import find_model
        from ugmcl.slicer.warm_worker import shared_worker
        from UGMCLSegmentationLib.batch import inputs

        model = find_model(self.parameters.model)
        if len(model.input.channels) > 1 and not self.ui.batchFolderButton.checked:
            raise UserError(
                _("a model with several channels segments a folder only"), model.id, _("Choose a folder")
            )
        if not self.widget.logic.can_compute():
            self.widget.open_set_up(ask=True)
            return
        cases: Sequence[inputs.BatchCase] = ()
        if self.ui.batchSceneButton.checked:
            cases = inputs.cases_of_volumes(self._ticked())
        elif self.ui.batchSequenceButton.checked:
            cases = inputs.cases_of_sequence(self.ui.batchSequenceSelector.currentNode())
        folder = self.ui.batchFolderEdit.currentPath.strip()
        self.run = BatchRun(
            str(model.path),
            self._options(),
            Path(self.ui.batchOutputEdit.currentPath.strip()).absolute(),
            shared_worker(),
            BatchListener(self._progress, self._states, self._ended),
            cases=cases,
            folder=Path(folder).absolute() if self.ui.batchFolderButton.checked else None,
        )
        self.ui.batchProgressBar.setVisible(True)
        set_text(self.ui.batchMessageLabel, "")
        self.run.start()

    def _options(self) -> dict[str, Any]:
        values = self.parameters
        maps = [
            name
            for name, wanted in (
                ("probability", values.probabilityMaps),
                ("disagreement", values.disagreementMap),
            )
            if wanted
        ]
        return {
            "passes": values.passes or None,
            "device": values.device,
            "segments": list(values.segments) or None,
            "largest_component": values.largestComponent,
            "fill_holes": values.fillHoles,
            "maps": ["regions", *maps],
        }

    def _progress(self, words: str, share: float, remaining_s: float | None) -> None:
        self.ui.batchProgressBar.setValue(round(1000 * share))
        rest = "" if remaining_s is None else _(", {time} left").format(time=time_words(remaining_s))
        set_text(self.ui.batchMessageLabel, f"{words}{rest}")

    def _states(self, states: Sequence[CaseState]) -> None:
        words = {
            "waiting": _("waiting"),
            "running": _("being segmented"),
            "done": _("done"),
            "skipped": _("finished before"),
            "failed": _("failed"),
        }
        table = self.ui.batchTable
        table.setVisible(True)
        table.setRowCount(len(states))
        for row, state in enumerate(states):
            for column, text in enumerate((state.name, words[state.state], state.reason)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(row, column, item)

    def _ended(self, state: str, message: str) -> None:
        run = self.run
        self.ui.batchProgressBar.setVisible(False)
        set_text(self.ui.batchMessageLabel, message)
        self.refresh()
        if state == "done" and run.cases and self.parameters is not None:
            self._load(run)

    def _load(self, run: BatchRun) -> None:
        """Bring the results of the scene's volumes into the scene."""
        from ugmcl.slicer.steps import StepRunner
        from UGMCLSegmentationLib.batch.results import load_results, load_sequence

        sequence = (
            self.ui.batchSequenceSelector.currentNode() if self.ui.batchSequenceButton.checked else None
        )
        if sequence is not None:
            steps = load_sequence(sequence, run.cases, run.output)
        else:
            steps = load_results(run.cases, run.output, time.strftime("%H:%M:%S"))
        self._loading = StepRunner(steps, lambda _share: None, lambda _value: None, self._load_failed)

    def _load_failed(self, fault: BaseException) -> None:
        self._loading = None
        set_text(self.ui.batchMessageLabel, _("The results could not be shown: {fault}").format(fault=fault))

    def _stop_loading(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None

    def _reason(self) -> str:
        """Why nothing can be started now."""
        if not self.parameters.model:
            return _("Choose a model first.")
        if self.ui.batchSceneButton.checked and not self._ticked():
            return _("Tick at least one volume.")
        if (
            self.ui.batchFolderButton.checked
            and not Path(self.ui.batchFolderEdit.currentPath.strip() or "-").is_dir()
        ):
            return _("Choose a folder of images.")
        if self.ui.batchSequenceButton.checked and self.ui.batchSequenceSelector.currentNode() is None:
            return _("Choose a sequence.")
        return "" if self.ui.batchOutputEdit.currentPath.strip() else _("Choose where the results go.")

    def _list_volumes(self) -> None:
        """The scene's volumes, except those that we made; ticks stay."""
        volumes = [
            node
            for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
            if node.GetClassName() == "vtkMRMLScalarVolumeNode"
            and not node.GetAttribute("UGMCL.Role")
            and not node.GetHideFromEditors()
        ]
        listed = [f"{node.GetID()} {node.GetName()}" for node in volumes]
        if listed == self._listed:
            return
        before = {node.GetID() for node in self._ticked()}
        self._listed = listed
        self.ui.batchVolumesList.clear()
        for node in volumes:
            item = qt.QListWidgetItem(node.GetName())
            item.setData(qt.Qt.UserRole, node.GetID())
            item.setCheckState(qt.Qt.Checked if node.GetID() in before else qt.Qt.Unchecked)
            self.ui.batchVolumesList.addItem(item)

    def _ticked(self) -> list[Any]:
        items = [self.ui.batchVolumesList.item(row) for row in range(self.ui.batchVolumesList.count)]
        chosen = [item.data(qt.Qt.UserRole) for item in items if item.checkState() == qt.Qt.Checked]
        return [node for node in map(slicer.mrmlScene.GetNodeByID, chosen) if node is not None]
