"""NAME_preview.png: three planes with outline and uncertainty, as a figure for a paper.

Radiological convention: axial as seen from the feet (patient's right on the left), coronal from the front,
sagittal with the front on the left. Planes follow the volume's own axes; all panels have one scale in mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ugmcl.segmentation.preview_planes import PLANES, Canonical, Plane, PreviewSource, turn_to_patient
from ugmcl.volumes.segment import Segment

COLORS = "inferno"
LEAST_SHOWN, FULLY_SHOWN = 0.05, 0.40  # the overlay fades in between these uncertainties
UNIT = "uncertainty (entropy / ln C)"
_MARGIN_IN = {"left": 0.55, "right": 1.15, "top": 0.95, "bottom": 0.85, "gap": 0.28}
_WIDTH_IN = 9.5
_HALO = [withStroke(linewidth=2.6, foreground="black")]


def write_preview(path: Path, source: PreviewSource) -> None:
    """Draw ``source`` into the PNG ``path``; the same source gives the same bytes."""
    canonical = turn_to_patient(source)
    figure = Figure(figsize=_size(canonical), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    _draw(figure, canonical, source)
    figure.savefig(path, format="png", metadata={"Software": None})


def _scale_in_per_mm(canonical: Canonical) -> float:
    widths = [canonical.extent_mm(plane)[0] for plane in PLANES]
    free = _WIDTH_IN - _MARGIN_IN["left"] - _MARGIN_IN["right"] - 2 * _MARGIN_IN["gap"]
    heights = [canonical.extent_mm(plane)[1] for plane in PLANES]
    return min(free / sum(widths), 4.2 / max(heights))


def _size(canonical: Canonical) -> tuple[float, float]:
    """Inches: two rows of panels, one scale for all."""
    scale = _scale_in_per_mm(canonical)
    tallest = max(canonical.extent_mm(plane)[1] for plane in PLANES) * scale
    return _WIDTH_IN, 2 * tallest + _MARGIN_IN["top"] + _MARGIN_IN["bottom"] + _MARGIN_IN["gap"]


def _draw(figure: Figure, canonical: Canonical, source: PreviewSource) -> None:
    width_in, height_in = _size(canonical)
    scale = _scale_in_per_mm(canonical)
    window = np.percentile(canonical.image, [0.5, 99.5])
    tallest = max(canonical.extent_mm(plane)[1] for plane in PLANES) * scale
    left = _MARGIN_IN["left"]
    used = sum(canonical.extent_mm(plane)[0] for plane in PLANES) * scale + 2 * _MARGIN_IN["gap"]
    left += (width_in - _MARGIN_IN["left"] - _MARGIN_IN["right"] - used) / 2
    for column, plane in enumerate(PLANES):
        w, h = (side * scale for side in canonical.extent_mm(plane))
        for row in range(2):
            base = _MARGIN_IN["bottom"] + (1 - row) * (tallest + _MARGIN_IN["gap"]) + (tallest - h) / 2
            axes = figure.add_axes((left / width_in, base / height_in, w / width_in, h / height_in))
            _panel(axes, canonical, plane, window, source, overlay=row == 1)
            if row == 0:
                axes.set_title(plane.name, fontsize=10, pad=5)
            if row == 1 and column == 0:
                _scale_bar(axes, canonical.extent_mm(plane))
        left += w + _MARGIN_IN["gap"]
    bar = figure.add_axes(
        ((left - 0.02) / width_in, _MARGIN_IN["bottom"] / height_in, 0.14 / width_in, tallest / height_in)
    )
    shades = figure.colorbar(ScalarMappable(Normalize(0.0, 1.0), COLORS), cax=bar)
    shades.set_label(UNIT, fontsize=9)
    shades.ax.tick_params(labelsize=8)
    _words(figure, source, width_in, height_in)


def _panel(
    axes: Axes,
    canonical: Canonical,
    plane: Plane,
    window: NDArray,
    source: PreviewSource,
    *,
    overlay: bool,
) -> None:
    width, height = canonical.extent_mm(plane)
    extent = (0.0, width, height, 0.0)
    place: dict[str, Any] = {"extent": extent, "interpolation": "bilinear", "origin": "upper"}
    low, high = float(window[0]), float(max(window[1], window[0] + 1e-6))
    axes.imshow(canonical.plane(canonical.image, plane), cmap="gray", vmin=low, vmax=high, **place)
    if overlay:
        u = canonical.plane(canonical.uncertainty, plane)
        opacity = np.clip((u - LEAST_SHOWN) / (FULLY_SHOWN - LEAST_SHOWN), 0.0, 1.0) * 0.95
        axes.imshow(u, cmap=COLORS, vmin=0.0, vmax=1.0, alpha=opacity, **place)
        if source.focus_ras_mm is not None:
            axes.plot(
                *canonical.cross_mm(plane), "o", ms=16, mfc="none", mec="cyan", mew=1.2, path_effects=_HALO
            )
    else:
        _outlines(axes, canonical.plane(canonical.labels, plane), (width, height), source.segments)
    axes.set(xticks=[], yticks=[], xlim=(0.0, width), ylim=(height, 0.0))
    _letters(axes, plane)


def _outlines(axes: Axes, labels: NDArray, size_mm: tuple[float, float], segments: Sequence[Segment]) -> None:
    """One line around each segment, along half the way between voxel centres."""
    rows, columns = labels.shape
    padded = np.pad(labels, 1)  # closes outlines at the picture's edge
    x = (np.arange(-1, columns + 1) + 0.5) * size_mm[0] / columns
    y = (np.arange(-1, rows + 1) + 0.5) * size_mm[1] / rows
    for segment in segments:
        mask = (padded == segment.value).astype(np.float32)
        if mask.any():
            axes.contour(x, y, mask, levels=[0.5], colors=[segment.color], linewidths=1.4)


def _letters(axes: Axes, plane: Plane) -> None:
    style: dict[str, Any] = {
        "transform": axes.transAxes, "color": "white", "fontsize": 8.5, "fontweight": "bold",
        "bbox": {"facecolor": "black", "alpha": 0.45, "pad": 1.2, "edgecolor": "none"},
    }  # fmt: skip
    axes.text(0.02, 0.5, plane.left, ha="left", va="center", **style)
    axes.text(0.98, 0.5, plane.right, ha="right", va="center", **style)
    axes.text(0.5, 0.98, plane.top, ha="center", va="top", **style)
    axes.text(0.5, 0.02, plane.bottom, ha="center", va="bottom", **style)


def _scale_bar(axes: Axes, size_mm: tuple[float, float]) -> None:
    """A round length of about a quarter of the panel, below it."""
    length = max(n for n in (1, 2, 5, 10, 20, 50, 100) if n <= max(1.0, size_mm[0] / 3))
    share = length / size_mm[0]
    axes.plot([0, share], [-0.05, -0.05], color="black", lw=2.5, transform=axes.transAxes, clip_on=False)
    axes.text(share + 0.03, -0.05, f"{length} mm", transform=axes.transAxes, va="center", fontsize=8.5)


def _words(figure: Figure, source: PreviewSource, width_in: float, height_in: float) -> None:
    """Title, what is shown, the segments' colours, and what this is not."""
    left = _MARGIN_IN["left"] / width_in
    title = source.title if len(source.title) <= 80 else source.title[:79] + "…"
    figure.text(left, 1 - 0.16 / height_in, title, fontsize=12, fontweight="bold", va="top")
    figure.text(left, 1 - 0.40 / height_in, source.subtitle, fontsize=9, color="0.3", va="top")
    present = [s for s in source.segments if (source.labels == s.value).any()]
    handles = [Line2D([], [], color=s.color, lw=2.2, label=s.name) for s in present]
    if source.focus_ras_mm is not None:
        ring: dict[str, Any] = {"marker": "o", "ms": 8, "mfc": "none", "mec": "darkcyan", "ls": "none"}
        handles.append(Line2D([], [], label="most uncertain region", **ring))
    if handles:
        place = (0.5, 0.16 / height_in)
        figure.legend(
            handles=handles, loc="lower center", bbox_to_anchor=place, ncols=4, fontsize=9, frameon=False
        )
    note = "research software, not for clinical decisions"
    figure.text(1 - 0.1 / width_in, 0.06 / height_in, note, fontsize=6.5, color="0.45", ha="right")
