"""The report in words for the panel (numpy-free, fit for tests without a window)."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _


def sentence(report: dict[str, Any]) -> str:
    """ "3 regions need a look; 97 % of the surface is certain." and what was found.

    Args:
        report: of the segmentation (report.json).
    """
    found = [segment for segment in report.get("segments", []) if segment.get("volume_ml")]
    if not found:
        return _nothing(report)
    volumes = ", ".join(
        _("{name} {volume:.2f} mL").format(name=segment["name"], volume=segment["volume_ml"])
        for segment in found
    )
    count = len(report.get("regions", []))
    regions = {0: _("No region needs a look"), 1: _("1 region needs a look")}.get(
        count, _("{count} regions need a look").format(count=count)
    )
    share = (report.get("surface") or {}).get("certain_share")
    certain = (
        "" if share is None else "; " + _("{share} % of the surface is certain").format(share=_percent(share))
    )
    return "\n".join([f"{regions}{certain}.", f"{volumes}.", *_remarks(report)])


def origin(report: dict[str, Any]) -> str:
    """Which model made it, where and when."""
    model, way = report.get("model", {}), report.get("way", {})
    text = _(
        "{title}, version {version}; {passes} passes on {device}. "
        "Research software, not for clinical decisions."
    )
    device = way.get("device", "")
    return text.format(
        title=model.get("title") or model.get("name", ""),
        version=model.get("version", ""),
        passes=way.get("passes", "?"),
        device=_("the processor") if device == "cpu" else way.get("device_name") or device,
    )


def _nothing(report: dict[str, Any]) -> str:
    names = ", ".join(segment["name"] for segment in report.get("segments", [])) or _("its structures")
    return _(
        "Nothing was found. The model looked for {names}. Likely causes: the volume shows another part of "
        "the body; it is another kind of image than the model knows; the region of interest leaves it out."
    ).format(names=names)


def _remarks(report: dict[str, Any]) -> list[str]:
    absent = [str(name) for name in report.get("absent", [])]
    lines = [_("Not found: {names}.").format(names=", ".join(absent))] if absent else []
    return lines + [str(line) for line in report.get("warnings", [])]


def _percent(share: float) -> str:
    """Never rounded up to 100: that would say that nothing is uncertain."""
    percent = 100.0 * share
    return "100" if share >= 1.0 else f"{min(percent, 99.0):.0f}" if percent > 98.5 else f"{percent:.0f}"
