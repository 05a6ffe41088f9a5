"""Colours for uncertainty: equal steps of the value look like equal steps of colour.

Control points, 1/16 apart, of the maps of the same names by S. van der Walt, N. Smith, E. Firing (viridis,
inferno, magma) and J. Nuñez, C. Anderton, R. Renslow (cividis, also for colour-blind eyes); in the public
domain (CC0).
"""

from __future__ import annotations

from typing import Any

import slicer

COLOUR_MAPS = {
    "inferno": (
        "000004 0b0724 210c4a 3d0965 57106e 71196e 8a226a a32c61 bc3754 d24644 e45a31 f1731d f98e09 fcac11 "
        "f9cb35 f2ea69 fcffa4"
    ),
    "viridis": (
        "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b "
        "addc30 d8e219 fde725"
    ),
    "cividis": (
        "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8c8878 9b9476 aba072 bcae6c cdbb63 "
        "dec958 f0d846 fee838"
    ),
    "magma": (
        "000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 d0416f e75263 f56b5c fc8961 fea772 "
        "fec488 fde2a3 fcfdbf"
    ),
}
_COLOURS = 256
_TAG = "UGMCL.ColourMap"


def colour_table(name: str) -> Any:
    """The scene's vtkMRMLColorTableNode of this map; made when first asked for."""
    name = name if name in COLOUR_MAPS else "inferno"
    for node in slicer.util.getNodesByClass("vtkMRMLColorTableNode"):
        if node.GetAttribute(_TAG) == name:
            return node
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode", f"Uncertainty {name}")
    node.SetAttribute(_TAG, name)
    node.SetTypeToUser()
    node.SetHideFromEditors(True)
    node.SetNumberOfColors(_COLOURS)
    for index, colour in enumerate(colours(name)):
        node.SetColor(index, f"{index / (_COLOURS - 1):.2f}", *colour, 1.0)
    return node


def colours(name: str, count: int = _COLOURS) -> list[tuple[float, float, float]]:
    """Red, green, blue in 0..1, from certain to undecided."""
    points = [
        tuple(int(text[i : i + 2], 16) / 255.0 for i in (0, 2, 4)) for text in COLOUR_MAPS[name].split()
    ]
    result = []
    for index in range(count):
        place = index / (count - 1) * (len(points) - 1)
        low = min(int(place), len(points) - 2)
        part = place - low
        pairs = zip(points[low], points[low + 1], strict=True)
        red, green, blue = ((1 - part) * a + part * b for a, b in pairs)
        result.append((red, green, blue))
    return result
