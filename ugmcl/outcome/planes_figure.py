"""A figure of old and new model in three planes: the reference shaded, the model's border drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ugmcl.segmentation.boundary import box_around
from ugmcl.segmentation.preview_planes import PLANES, Plane
from ugmcl.volumes.geometry import reorient, spacing_mm
from ugmcl.volumes.segment import Segment

GROUND, TEXT = "#101418", "#e8ecf0"  # a dark page of its own, as images are read in dark rooms
MARGIN_MM = 15.0  # around what is labelled
SHADE = 0.38  # opacity of the reference
_HALO: list[Any] = [withStroke(linewidth=2.4, foreground="black")]
_WIDTH_IN, _LEFT, _TOP, _BOTTOM, _GAP = 9.0, 0.62, 0.42, 0.55, 0.16


@dataclass(frozen=True)
class Panels:
    """Image and label maps (z, y, x) in patient axes (LPS), with the slice of each axis to show."""

    image: NDArray
    maps: Mapping[str, NDArray]
    spacing_zyx: NDArray
    focus: tuple[int, int, int]

    def cut(self, values: NDArray, plane: Plane) -> NDArray:
        found = values.take(self.focus[plane.axis], axis=plane.axis)
        return found[::-1] if plane.upside_down else found

    def extent_mm(self, plane: Plane) -> tuple[float, float]:
        """Width and height of a panel."""
        height, width = (
            n for axis, n in enumerate(self.image.shape * self.spacing_zyx) if axis != plane.axis
        )
        return float(width), float(height)


def panels_around(image: NDArray, labels: Mapping[str, NDArray], affine: NDArray) -> Panels:
    """Turned to patient axes, cut around all that is labelled, through the slices with most reference.

    Args:
        image: (z, y, x).
        labels: (z, y, x) by name, ``reference`` among them; 255 is unknown.
        affine: of image and labels, voxel (x, y, z) to LPS mm.
    """
    turned, to_lps = reorient(image[None], affine)
    maps = {word: reorient(values[None], affine)[0][0] for word, values in labels.items()}
    x, y, z = spacing_mm(to_lps)
    spacing = np.array([z, y, x])
    shown = np.any([(values > 0) & (values != 255) for values in maps.values()], axis=0)
    box = box_around(shown, [int(np.ceil(MARGIN_MM / side)) for side in spacing])
    if box is None or not shown.any():
        box = tuple(slice(0, n) for n in shown.shape)
    maps = {word: values[box] for word, values in maps.items()}
    return Panels(turned[0][box], maps, spacing, _focus(maps))


def _focus(maps: Mapping[str, NDArray]) -> tuple[int, int, int]:
    """The slice of each axis with most reference, which shows the structure and not only its fault."""
    reference = (maps["reference"] > 0) & (maps["reference"] != 255)
    if not reference.any():
        reference = np.any([values > 0 for values in maps.values()], axis=0)
    counts: Sequence[NDArray] = [
        reference.sum(axis=tuple(other for other in range(3) if other != axis)) for axis in range(3)
    ]
    z, y, x = (int(count.argmax()) if count.any() else len(count) // 2 for count in counts)
    return z, y, x


def draw_panels(path: Path, panels: Panels, segments: Sequence[Segment], titles: Mapping[str, str]) -> None:
    """Draw a row for every map but the reference into the PNG ``path``; ``titles`` by the map's name."""
    rows = [word for word in panels.maps if word != "reference"]
    sizes = [panels.extent_mm(plane) for plane in PLANES]
    free = _WIDTH_IN - _LEFT - 0.1 - _GAP * (len(PLANES) - 1)
    scale = min(free / sum(width for width, _ in sizes), 3.2 / max(height for _, height in sizes))
    tallest = max(height for _, height in sizes) * scale
    height_in = _TOP + _BOTTOM + len(rows) * tallest + _GAP * (len(rows) - 1)
    figure = Figure(figsize=(_WIDTH_IN, height_in), dpi=150, facecolor=GROUND)
    FigureCanvasAgg(figure)
    window = np.percentile(panels.image, [0.5, 99.5])
    spare = (free - sum(width for width, _ in sizes) * scale) / 2
    for row, word in enumerate(rows):
        base = _BOTTOM + (len(rows) - 1 - row) * (tallest + _GAP)
        middle = (base + tallest / 2) / height_in
        figure.text(0.22 / _WIDTH_IN, middle, titles.get(word, word), rotation=90, color=TEXT,
                    ha="center", va="center", fontsize=10)  # fmt: skip
        left = _LEFT + spare
        for plane, (width, height) in zip(PLANES, sizes, strict=True):
            w, h = width * scale, height * scale
            place = (left / _WIDTH_IN, (base + tallest - h) / height_in, w / _WIDTH_IN, h / height_in)
            axes = figure.add_axes(place)
            _panel(axes, panels, plane, panels.maps[word], window, segments)
            if row == 0:
                axes.set_title(plane.name, fontsize=10, color=TEXT, pad=6)
            if row == len(rows) - 1 and plane is PLANES[0]:
                _scale_bar(axes, width, height)
            left += w + _GAP
    _legend(figure, panels, segments)
    figure.savefig(path, format="png", facecolor=GROUND, metadata={"Software": None})


def _panel(
    axes: Axes, panels: Panels, plane: Plane, found: NDArray, window: NDArray, segments: Sequence[Segment]
) -> None:
    width, height = panels.extent_mm(plane)
    extent = (0.0, width, height, 0.0)
    axes.imshow(panels.cut(panels.image, plane), cmap="gray", vmin=window[0], vmax=window[1],
                extent=extent, interpolation="bicubic")  # fmt: skip
    reference = panels.cut(panels.maps["reference"], plane)
    labels = panels.cut(found, plane)
    shade = np.zeros((*reference.shape, 4))
    for number, segment in enumerate(segments, 1):
        shade[reference == number] = (*segment.color, SHADE)
        mask = labels == number
        if mask.any():
            _border(axes, mask, (width, height), segment.color)
    axes.imshow(shade, extent=extent, interpolation="nearest")
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    style: dict[str, Any] = {"color": TEXT, "fontsize": 8.5, "path_effects": _HALO}
    axes.text(0.02, 0.5, plane.left, transform=axes.transAxes, ha="left", va="center", **style)
    axes.text(0.98, 0.5, plane.right, transform=axes.transAxes, ha="right", va="center", **style)
    axes.text(0.5, 0.98, plane.top, transform=axes.transAxes, ha="center", va="top", **style)
    axes.text(0.5, 0.02, plane.bottom, transform=axes.transAxes, ha="center", va="bottom", **style)


def _border(axes: Axes, mask: NDArray, size_mm: tuple[float, float], color: Sequence[float]) -> None:
    """The mask's border at half between voxel centres, closed at the picture's edge."""
    padded = np.pad(mask.astype(np.float32), 1)
    rows, columns = mask.shape
    x = (np.arange(-1, columns + 1) + 0.5) * size_mm[0] / columns
    y = (np.arange(-1, rows + 1) + 0.5) * size_mm[1] / rows
    lines = axes.contour(x, y, padded, levels=[0.5], colors=[_light(color)], linewidths=1.5, zorder=3)
    lines.set_path_effects(_HALO)


def _light(color: Sequence[float]) -> tuple[float, float, float]:
    """Nearer to white, so that the border stands out from the shade of the same colour."""
    r, g, b = (0.45 + 0.55 * float(value) for value in color)
    return r, g, b


def _scale_bar(axes: Axes, width: float, height: float) -> None:
    length = next((step for step in (50, 20, 10, 5, 2, 1) if step <= 0.4 * width), 1)
    x, y = 0.06 * width, 0.94 * height
    axes.plot([x, x + length], [y, y], color=TEXT, linewidth=2.2, solid_capstyle="butt", path_effects=_HALO)
    axes.text(x + length / 2, y - 0.02 * height, f"{length} mm", color=TEXT, fontsize=8, ha="center",
              va="bottom", path_effects=_HALO)  # fmt: skip


def _legend(figure: Figure, panels: Panels, segments: Sequence[Segment]) -> None:
    present = {int(value) for values in panels.maps.values() for value in np.unique(values)}
    shown = [(n, segment) for n, segment in enumerate(segments, 1) if n in present][:6]
    handles: list[Patch | Line2D] = [Patch(color=segment.color, label=segment.name) for _, segment in shown]
    handles += [
        Patch(facecolor="#b0b8c0", alpha=SHADE, label="shaded: reference"),
        Line2D([], [], color="#d8dee4", linewidth=1.6, label="line: model"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=min(len(handles), 4), frameon=False,
                  labelcolor=TEXT, fontsize=8.5)  # fmt: skip
