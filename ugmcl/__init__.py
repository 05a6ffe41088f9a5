"""UG-MCL: semi-supervised segmentation of medical volumes that says where it is unsure.

The names in ``__all__`` are the public interface; everything else may change from version to version. They
are imported when first used, so that ``import ugmcl`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_ELSEWHERE = {"Reporter": "ugmcl.jobs.reporter", "Stopped": "ugmcl.errors", "UserError": "ugmcl.errors"}

__all__ = [
    "__version__",
    "segment",
    "segment_cohort",
    "check",
    "prepare",
    "train",
    "report",
    "evaluate",
    "compare",
    "list_models",
    "find_model",
    "import_model",
    "Reporter",
    "Stopped",
    "UserError",
]

if TYPE_CHECKING:
    from ugmcl.api import (
        check,
        compare,
        evaluate,
        find_model,
        import_model,
        list_models,
        prepare,
        report,
        segment,
        segment_cohort,
        train,
    )
    from ugmcl.errors import Stopped, UserError
    from ugmcl.jobs.reporter import Reporter


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'ugmcl' has no attribute {name!r}")
    value = getattr(importlib.import_module(_ELSEWHERE.get(name, "ugmcl.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
