"""Export: files, DICOM SEG, RTSTRUCT; what cannot be written here says what would have to be installed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ctk
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import set_enabled, set_text


class ExportSection(AddedSection):
    """Export of the result that is shown; of its corrected copy where there is one."""

    layout_file = "UGMCLSegmentationExport.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.forms = ("nrrd", "nifti")
        for words in (_("NRRD (for Slicer)"), _("NIfTI")):
            self.ui.exportFormatCombo.addItem(words)
        self.ui.exportFilesButton.connect("clicked(bool)", self.save_files)
        self.ui.exportSegButton.connect("clicked(bool)", self.save_dicom_seg)
        self.ui.exportRtButton.connect("clicked(bool)", self.save_rtstruct)
        for edit in (self.ui.exportFolderEdit, self.ui.seriesFolderEdit):
            edit.filters = ctk.ctkPathLineEdit.Dirs
            edit.connect("currentPathChanged(QString)", widget.refresh_soon)

    def refresh(self) -> None:
        from UGMCLSegmentationLib.export.dicom import dicom_seg_hint, rtstruct_hint

        reason = self._reason()
        set_enabled(self.ui.exportFilesButton, reason)
        set_enabled(self.ui.exportSegButton, dicom_seg_hint() or reason)
        set_enabled(self.ui.exportRtButton, rtstruct_hint() or reason)
        hints = [
            _("DICOM SEG: {hint}.").format(hint=dicom_seg_hint()) if dicom_seg_hint() else "",
            _("RTSTRUCT: {hint}.").format(hint=rtstruct_hint()) if rtstruct_hint() else "",
        ]
        if not self.ui.exportMessageLabel.text:
            set_text(self.ui.exportMessageLabel, " ".join(filter(None, hints)))

    def save_files(self, *_args: Any) -> None:
        """Segmentation and uncertainty."""
        from UGMCLSegmentationLib.export.files import export_files

        nodes = self.widget.result()
        form = self.forms[self.ui.exportFormatCombo.currentIndex]
        self._do(lambda: export_files(self._shown(), self._input(), nodes.uncertainty, self._folder(), form))

    def save_dicom_seg(self, *_args: Any) -> None:
        """One DICOM file."""
        from UGMCLSegmentationLib.export.dicom import export_dicom_seg
        from UGMCLSegmentationLib.export.files import file_name, free_name

        shown, series = self._shown(), self.ui.seriesFolderEdit.currentPath.strip()
        name = free_name(self._folder(), file_name(shown.GetName()), (".dcm",))
        model = self.widget.result().segmentation.GetAttribute("UGMCL.Model") or "UG-MCL"
        self._do(
            lambda: [
                export_dicom_seg(
                    shown,
                    self._input(),
                    self._folder() / f"{name}.dcm",
                    series=Path(series) if series else None,
                    model=model,
                )
            ]
        )

    def save_rtstruct(self, *_args: Any) -> None:
        """A DICOM RT study by SlicerRT."""
        from UGMCLSegmentationLib.export.dicom import export_rtstruct

        def write() -> list[Path]:
            export_rtstruct(self._shown(), self._input(), self._folder())
            return [self._folder()]

        self._do(write)

    def _do(self, write: Any) -> None:
        """Writes, and says what was written, when and how large, or what to do."""
        try:
            files = write()
        except UserError as fault:
            set_text(self.ui.exportMessageLabel, str(fault))
            return
        sizes = [f"{file.name} ({file.stat().st_size / 1e6:.2f} MB)" for file in files]
        set_text(
            self.ui.exportMessageLabel,
            _("{time}: wrote {files} to {folder}").format(
                time=time.strftime("%H:%M:%S"), files=", ".join(sizes), folder=self._folder()
            ),
        )

    def _reason(self) -> str:
        if not self.widget.result():
            return _("There is no result yet.")
        if self._input() is None:
            return _("The image of this result is gone.")
        if not self.ui.exportFolderEdit.currentPath.strip():
            return _("Choose a folder first.")
        return "" if self._folder().is_dir() else _("This folder does not exist.")

    def _folder(self) -> Path:
        return Path(self.ui.exportFolderEdit.currentPath.strip())

    def _input(self) -> Any:
        return self.widget.result().segmentation.GetNodeReference("UGMCL.input")

    def _shown(self) -> Any:
        """The corrected copy where there is one: what the user has approved."""
        segmentation = self.widget.result().segmentation
        return segmentation.GetNodeReference("UGMCL.corrected") or segmentation
