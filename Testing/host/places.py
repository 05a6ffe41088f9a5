"""Where Slicer's Python sources lie: in a checkout, or the host's own replacements."""

from __future__ import annotations

from pathlib import Path

OWN_SOURCES = Path(__file__).resolve().parent / "sources"


def checkout_sample_data(sources: Path | None) -> Path | None:
    """Slicer's own module Sample Data beside its Base/Python; None where there is none."""
    if sources is None:
        return None
    file = sources.parents[1] / "Modules/Scripted/SampleData/SampleData.py"
    return file if file.is_file() else None
