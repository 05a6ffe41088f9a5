"""Where the computation lives: said in words, installed after one question, removed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.panel.section import Section, sentence, set_enabled, set_text

BAR = 1000


class SetupSection(Section):
    """Set-up. Nothing is imported, installed or downloaded before the user asks for it."""

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        from ugmcl.slicer import settings

        self.installation: Any = None
        self._removing = False
        for label in (self.ui.installStageLabel, self.ui.pythonHintLabel):
            label.hide()
        self.ui.installProgressBar.setRange(0, BAR)
        self.ui.wheelsPathEdit.setCurrentPath(settings.wheels_folder() or "")
        self.ui.pythonPathEdit.setCurrentPath(settings.own_python() or "")
        for button, call in (
            (self.ui.installButton, self.ask),
            (self.ui.installNowButton, self._answered_yes),
            (self.ui.notNowButton, self._answered_no),
            (self.ui.cancelInstallButton, self.cancel),
            (self.ui.removeButton, self.ask_removal),
        ):
            button.connect("clicked(bool)", _without_argument(call))
        self.ui.wheelsPathEdit.connect("currentPathChanged(QString)", self._wheels_chosen)
        self.ui.pythonPathEdit.connect("currentPathChanged(QString)", self._python_chosen)
        self.ui.questionFrame.hide()
        self.refresh()

    @property
    def installing(self) -> bool:
        """An installation is at work."""
        return self.installation is not None

    def refresh(self) -> None:
        from ugmcl.slicer.installation import installed_folder
        from ugmcl.slicer.interpreter import find_interpreter

        found = find_interpreter()
        self.ui.setupStateLabel.setText(found.words)
        self._place(found.interpreter is None or self.installing)
        there = installed_folder() is not None
        busy = _("An installation is at work.") if self.installing else ""
        set_enabled(self.ui.installButton, busy)
        set_enabled(
            self.ui.removeButton, busy or ("" if there else _("There is no private folder to remove."))
        )
        for control in (self.ui.wheelsPathEdit, self.ui.pythonPathEdit):
            set_enabled(control, busy)
        self.ui.cancelInstallButton.setVisible(self.installing)
        self.ui.installProgressBar.setVisible(self.installing)

    def _place(self, needed: bool) -> None:
        """Under the Segment button while it is needed, else at the end of the panel."""
        layout, own = self.root.layout(), self.ui.setupCollapsibleButton
        neighbour = self.ui.runFrame if needed else self.ui.sectionsFrame
        if layout.indexOf(own) != layout.indexOf(neighbour) + 1:
            layout.removeWidget(own)
            layout.insertWidget(layout.indexOf(neighbour) + 1, own)

    def ask(self) -> None:
        """The one question: what, how large, where to."""
        from ugmcl.slicer.installation import installation_plan

        if self.installing:
            return
        self._removing = False
        try:
            plan = installation_plan()
        except UserError as fault:
            set_text(self.ui.installStageLabel, sentence(fault))
            return
        text = _(
            "Install what the computation needs (PyTorch and others, {size}) into the folder {folder}? "
            "Slicer's own packages stay as they are, no restart is needed, and Remove deletes all of it."
        )
        self._question(text.format(size=plan.size_text, folder=plan.folder), _("Install"))

    def ask_removal(self) -> None:
        """The question before the private folder is deleted."""
        from ugmcl.slicer.installation import installed_folder

        folder = installed_folder()
        if folder is None or self.installing:
            return
        self._removing = True
        self._question(
            _("Delete the folder {folder} with everything in it?").format(folder=folder), _("Remove")
        )

    def cancel(self) -> None:
        """Stop the installation; nothing stays behind."""
        if self.installation is not None:
            self.installation.cancel()
            set_text(self.ui.installStageLabel, _("Stopping…"))

    def cleanup(self) -> None:
        self.cancel()

    def _question(self, text: str, yes: str) -> None:
        self.ui.questionLabel.setText(text)
        self.ui.installNowButton.setText(yes)
        self.ui.questionFrame.show()
        set_text(self.ui.installStageLabel, "")

    def _answered_no(self) -> None:
        self.ui.questionFrame.hide()
        set_text(self.ui.installStageLabel, _("Nothing was changed."))

    def _answered_yes(self) -> None:
        self.ui.questionFrame.hide()
        if self._removing:
            self._remove()
        else:
            self._install()

    def _install(self) -> None:
        from ugmcl.slicer.installation import Installation

        self.installation = Installation(
            progress=self._progress,
            done=lambda: self._ended(_("Installed and checked. You can segment now.")),
            failed=self._ended,
        )
        try:
            self.installation.start()
        except UserError as fault:
            self._ended(sentence(fault))
            return
        self.refresh()

    def _remove(self) -> None:
        from ugmcl.slicer.installation import remove_installation
        from ugmcl.slicer.warm_worker import shared_worker

        shared_worker().stop()
        try:
            remove_installation()
        except UserError as fault:
            self._ended(sentence(fault))
            return
        self._ended(_("The private folder was removed."))

    def _progress(self, text: str, fraction: float | None) -> None:
        set_text(self.ui.installStageLabel, text)
        self.ui.installProgressBar.setRange(0, BAR if fraction is not None else 0)
        if fraction is not None:
            self.ui.installProgressBar.setValue(int(BAR * fraction))

    def _ended(self, message: str) -> None:
        self.installation = None
        set_text(self.ui.installStageLabel, message)
        self.widget.say(message)  # also where the user looks: this section moves to the panel's end
        self.refresh()
        self.widget.refresh_soon()

    def _wheels_chosen(self, path: str) -> None:
        from ugmcl.slicer import settings

        settings.set_wheels_folder(path.strip())
        wrong = path.strip() and not Path(path.strip()).is_dir()
        set_text(
            self.ui.pythonHintLabel, _("There is no such folder: {path}").format(path=path) if wrong else ""
        )

    def _python_chosen(self, path: str) -> None:
        from ugmcl.slicer import settings

        settings.set_own_python(path.strip())
        wrong = path.strip() and not Path(path.strip()).is_file()
        set_text(
            self.ui.pythonHintLabel, _("There is no such program: {path}").format(path=path) if wrong else ""
        )
        self.widget.refresh_soon()


def _without_argument(call: Any) -> Any:
    return lambda *_args: call()
