"""The advanced form: a control for each setting of the schema, marked where it differs from the preset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from UGMCLTrainingLib.plan.schema import FIRST, Field, fields, parse, preset_values, value_words


class SettingsForm:
    """Rows of label and control in two layouts, the asked-for ones and the rest.

    Args:
        first, more: QFormLayouts that take the rows.
        on_change: gets the values that differ from the preset, after every change by the user.
    """

    def __init__(self, first: Any, more: Any, on_change: Callable[[dict[str, Any]], None]) -> None:
        self._on_change = on_change
        self._preset, self._own, self._showing = "fine-tune", {}, False
        self._controls: dict[str, tuple[Field, Any, Any]] = {}
        for field in fields():
            label, control = qt.QLabel(), self._control(field)
            label.setToolTip(field.tool_tip())
            control.setToolTip(field.tool_tip())
            control.setObjectName(f"setting_{field.name}")
            (first if field.name in FIRST else more).addRow(label, control)
            self._controls[field.name] = (field, label, control)

    def control(self, name: str) -> Any:
        """The control of a setting."""
        return self._controls[name][2]

    def show(self, preset: str, own: dict[str, Any], taken: dict[str, Any] | None = None) -> None:
        """Show a preset with the user's own values.

        Args:
            taken: values that come from the starting model and cannot be changed.
        """
        self._preset, self._own = preset, dict(own)
        values, taken = preset_values(preset), taken or {}
        self._showing = True
        for name, (field, label, control) in self._controls.items():
            value = taken.get(name, self._own.get(name, values.get(name)))
            self._set(field, control, value)
            changed = name in self._own
            label.setText(("• " if changed else "") + field.label + ":")
            usual = _("{tip}. Preset {preset}: {value}").format(
                tip=field.tool_tip().rstrip("."), preset=preset, value=value_words(values.get(name))
            )
            from_model = _("Comes from the starting model and cannot be changed.")
            control.setEnabled(name not in taken)
            control.setToolTip(from_model if name in taken else usual)
            label.setToolTip(control.toolTip)
        self._showing = False

    def _changed(self, field: Field, text: str) -> None:
        if self._showing:
            return
        value = parse(field, text)
        usual = preset_values(self._preset).get(field.name)
        same = value_words(value) == value_words(usual)
        own = {name: kept for name, kept in self._own.items() if name != field.name}
        if not same:
            own[field.name] = value
        if own != self._own:
            self._own = own
            self._on_change(own)

    def _control(self, field: Field) -> Any:
        if field.kind == "choice":
            control = qt.QComboBox()
            for choice in field.choices:
                control.addItem(choice)
            control.connect(
                "currentIndexChanged(int)", lambda index, f=field: self._changed(f, f.choices[index])
            )
            return control
        if field.kind == "yes/no":
            control = qt.QCheckBox()
            control.connect("toggled(bool)", lambda on, f=field: self._changed(f, "true" if on else "false"))
            return control
        control = qt.QLineEdit()
        control.connect("editingFinished()", lambda f=field, c=control: self._changed(f, c.text))
        return control

    def _set(self, field: Field, control: Any, value: Any) -> None:
        text = value_words(value)
        if field.kind == "choice":
            control.setCurrentIndex(field.choices.index(text) if text in field.choices else -1)
        elif field.kind == "yes/no":
            control.setChecked(text == "true")
        elif control.text != text:
            control.setText(text)
