"""Whether this process's environment works: every import, and a convolution that gives what it must."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ugmcl.jobs.installation_check import ANSWER
from ugmcl.jobs.pins import CHECKED


def main(arguments: Sequence[str] | None = None) -> int:
    """``check SITE``: the answer is the last line. What does not work is raised."""
    site = Path((sys.argv[1:] if arguments is None else arguments)[0]).resolve()
    for name in CHECKED:
        module = importlib.import_module(name)
        file = Path(module.__file__ or "").resolve()
        if not file.is_relative_to(site):
            raise ImportError(f"{name} comes from {file}")
    sys.stdout.write(f"\n{ANSWER}{json.dumps(_try_torch())}\n")
    return 0


def _try_torch() -> dict[str, Any]:
    import torch

    image, kernel = torch.ones(1, 1, 4, 4, 4), torch.ones(1, 1, 3, 3, 3)
    found = float(torch.nn.functional.conv3d(image, kernel).sum())
    if found != 216.0:
        raise ArithmeticError(f"a convolution gave {found} instead of 216")
    mps = getattr(getattr(torch, "backends", None), "mps", None)
    device = "cuda" if torch.cuda.is_available() else "mps" if mps and mps.is_available() else "cpu"
    return {"torch": str(torch.__version__), "cuda": torch.version.cuda, "device": device}


if __name__ == "__main__":
    sys.exit(main())
