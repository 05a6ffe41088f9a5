"""Named axes and planes: "x", "xy" of users as axes of arrays whose last three are z, y, x."""

from __future__ import annotations

AXES = {"x": -1, "y": -2, "z": -3}
PLANES = {"xy": (-2, -1), "xz": (-3, -1), "yz": (-3, -2)}


def array_axis(name: str) -> int:
    """The array axis, counted from the end, of "x", "y" or "z"."""
    return AXES[name]


def plane_axes(name: str) -> tuple[int, int]:
    """The two array axes, counted from the end, of "xy", "xz" or "yz"; letters in either order."""
    return PLANES["".join(sorted(name))]
