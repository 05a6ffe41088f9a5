"""What the private environment holds: exact versions, so that every computer computes with the same.

The same versions as in constraints.txt and the same packages as in pyproject.toml (a test compares them).
Run as a script it prints them as a requirements file, to collect a folder of wheels with ``pip download -r``.
"""

from __future__ import annotations

import sys

DIRECT = (
    "torch==2.13.0; sys_platform != 'win32'",
    "torch==2.12.1; sys_platform == 'win32'",  # 2.13 holds paths beyond Windows' limit of 260 characters
    "SimpleITK==2.5.7",
    "pydicom==3.0.2",
    "numpy==2.4.6",
    "scipy==1.17.1",
    "monai==1.6.1",
    "safetensors==0.8.0",
    "pydantic==2.14.3",
    "jinja2==3.1.6",
    "matplotlib==3.11.2",
    "tqdm==4.70.1",
    "psutil==7.2.2",
)
"""Requirements as pip reads them."""

INDIRECT = (
    "annotated-types==0.8.0", "contourpy==1.3.3", "cycler==0.12.1", "filelock==4.2.11", "fonttools==4.68.0",
    "fsspec==2026.9.0", "kiwisolver==1.5.1", "MarkupSafe==3.0.4", "mpmath==1.3.0", "networkx==3.6.1",
    "packaging==26.3", "pillow==13.0.0", "pydantic_core==2.50.4", "pyparsing==3.3.3",
    "python-dateutil==4.0.0", "sympy==1.14.0", "typing-inspection==0.4.5", "typing_extensions==4.16.0",
    "tzdata==2026.6",
)  # fmt: skip
"""What those bring along; only constraints, so that what a platform does not need stays away."""

MINIMUM = {
    "torch": "2.5", "SimpleITK": "2.3", "pydicom": "2.4", "numpy": "1.26", "scipy": "1.12", "monai": "1.4",
    "safetensors": "0.4.3", "pydantic": "2.7", "jinja2": "3.1", "matplotlib": "3.8", "tqdm": "4.66",
    "psutil": "5.9",
}  # fmt: skip
"""Oldest versions that serve where Slicer's own Python has everything already, as in pyproject.toml."""

CHECKED = ("numpy", "scipy", "SimpleITK", "pydicom", "torch", "monai", "safetensors", "pydantic", "psutil")
"""Modules that must be importable afterwards."""


def requirements_text() -> str:
    """All pins as a requirements file."""
    return "\n".join([*DIRECT, *INDIRECT]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(requirements_text())
