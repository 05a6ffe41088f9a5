"""The one door to weight files: safetensors in, safetensors out, nothing that could run code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ugmcl.errors import UserError

_LARGEST_HALF = 6e4  # beyond it, float16 has no finite value


def stored_bytes(tensors: Mapping[str, np.ndarray], precision: str = "fp16") -> bytes:
    """The content of a weights file; the same tensors give the same bytes.

    ``fp16`` halves the kernels; vectors (biases, batch norm and its running statistics, whose range is not
    theirs) stay float32, as does a kernel that float16 cannot hold. Whole numbers stay as they are.

    Raises:
        ValueError: a tensor holds NaN or infinity.
    """
    return save({name: _stored(name, tensors[name], precision) for name in sorted(tensors)})


def read_tensors(file: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file.

    Raises:
        UserError: it is damaged, or no safetensors file.
    """
    try:
        return load(file.read_bytes())
    except (SafetensorError, ValueError, KeyError, TypeError) as fault:
        raise UserError(
            "the weights are damaged, or no safetensors file",
            file,
            "Get the model again from where it came from",
        ) from fault
    except OSError as fault:
        raise UserError(
            f"cannot be read ({fault.strerror})", file, "Choose a place that you may read"
        ) from fault


def _stored(name: str, tensor: np.ndarray, precision: str) -> np.ndarray:
    array = np.array(tensor, order="C")  # keeps a scalar a scalar, which ascontiguousarray does not
    if not np.issubdtype(array.dtype, np.floating):
        return array
    if not np.isfinite(array).all():
        raise ValueError(f"the weights {name} are not finite")
    fits = array.ndim > 1 and (array.size == 0 or float(np.abs(array).max()) < _LARGEST_HALF)
    return array.astype(np.float16 if precision == "fp16" and fits else np.float32)
