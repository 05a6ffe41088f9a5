"""Draws the icons of the extension and its modules: an outline, and the stretch of it that is in doubt.

    python Resources/Icons/draw_icons.py

writes the modules' SVG and PNG and the extension's PNG. The SVG holds plain paths only (Qt draws no SVG
filters): the glow is a stack of translucent strokes. Needs PySide6; the drawn files are committed, so that a
build needs nothing.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

SIZE = 128  # units of the drawing, and pixels of the module's PNG
ROOT = Path(__file__).resolve().parents[2]
MODULES = ("UGMCLSegmentation", "UGMCLTraining")
EXTENSION_ICON = ROOT / "Resources" / "Icons" / "UGMCL.png"

TILE, BODY, OUTLINE = "#1d2b3a", "#3f7f8c", "#8fe3d9"
HALO, GLOW, CORE = "#ff9a3c", "#ffb84d", "#fff1c2"
DOUBT = (-72.0, 38.0)  # degrees of the outline that is uncertain, 0 to the right, clockwise


def bean_point(degrees: float) -> tuple[float, float]:
    """A point of the outline: an oval with a dent below, an organ rather than a ball."""
    angle = math.radians(degrees)
    radius = 36 + 4.5 * math.cos(2 * angle + 0.5) - 6.5 * math.exp(-(((degrees - 105) / 32) ** 2))
    return 62 + 1.08 * radius * math.cos(angle), 65 + 1.04 * radius * math.sin(angle)


def path_of(start: float, end: float) -> str:
    """SVG path data from one angle to another."""
    steps = max(2, round(abs(end - start) / 4))
    points = [bean_point(start + (end - start) * step / steps) for step in range(steps + 1)]
    return "M " + " L ".join(f"{x:.1f} {y:.1f}" for x, y in points)


def stroke(path: str, colour: str, width: float, opacity: float = 1.0) -> str:
    """One line."""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-opacity="{opacity:g}" stroke-linecap="round" stroke-linejoin="round"/>'
    )


LEARNING = ((22, 104), (46, 98), (66, 86), (84, 62), (106, 26))  # a curve that rises


def svg(learning: bool = False) -> str:
    """The whole icon; the Training module's has a rising curve instead of the glow."""
    certain = path_of(DOUBT[1] + 10, DOUBT[0] + 360 - 10)
    doubtful = path_of(*DOUBT)
    body = path_of(0, 360) + " Z"
    halo = [stroke(doubtful, HALO, width, 0.07) for width in range(36, 14, -2)]
    curve = "M " + " L ".join(f"{x} {y}" for x, y in LEARNING)
    rising = [stroke(curve, TILE, 17), stroke(curve, GLOW, 10), stroke(curve, CORE, 3.5)]
    marks = [*halo, stroke(certain, OUTLINE, 8), stroke(doubtful, GLOW, 12), stroke(doubtful, CORE, 4.5)]
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}">',
        f'<rect x="4" y="4" width="120" height="120" rx="24" fill="{TILE}"/>',
        f'<path d="{body}" fill="{BODY}" fill-opacity="0.55"/>',
        *([stroke(body, OUTLINE, 8), *rising] if learning else marks),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def write_png(svg_text: str, path: Path, pixels: int) -> None:
    """Paints the SVG with Qt, as Slicer does."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QByteArray
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg_text.encode())).render(painter)
    painter.end()
    if not image.save(str(path)):
        raise OSError(f"{path} cannot be written")
    del application


def main() -> None:
    """Writes every icon."""
    for module in MODULES:
        text = svg(learning=module == "UGMCLTraining")
        icon = ROOT / module / "Resources" / "Icons" / module
        icon.with_suffix(".svg").write_text(text, encoding="utf-8", newline="\n")
        write_png(text, icon.with_suffix(".png"), SIZE)
    write_png(svg(), EXTENSION_ICON, 2 * SIZE)


if __name__ == "__main__":
    main()
