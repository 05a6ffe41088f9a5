"""How much memory a device has, and how much segmenting a volume in one go needs.

The model of the need counts the tensors that are alive at the network's widest moment, the decoder's last
stage; `Testing/library/devices` compares it with a measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, prod
from pathlib import Path

STRIDE = 16  # sides are padded to multiples of this
FULL_SIZE_FEATURES = 3.5  # tensors of `width` channels at full size alive at once, with the library's copies
WORKING_BYTES = 64 * 2**20  # prepared weights and the convolutions' own buffers, whatever the size
SHARE_OF_TOTAL, SHARE_OF_FREE = 0.5, 0.8
_CGROUP = Path("/sys/fs/cgroup")


def free_memory_bytes(device: str = "cpu") -> int:
    """Bytes that can be taken now: of the graphics card, or of the computer within its container's limit."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0]) + _cached_by_torch(device)
    import psutil

    free = int(psutil.virtual_memory().available)
    limit = _container_limit()
    return free if limit is None else max(0, min(free, limit - _container_use()))


def total_memory_bytes(device: str = "cpu") -> int:
    """Bytes that the device has altogether."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[1])
    import psutil

    total = int(psutil.virtual_memory().total)
    limit = _container_limit()
    return total if limit is None else min(total, limit)


def memory_budget_bytes(device: str = "cpu") -> int:
    """What one segmentation may take: half of the device's memory, never more than 80 % of what is free.

    The first term keeps the way taken (whole volume or tiles) the same from run to run on one computer.
    """
    return int(min(SHARE_OF_TOTAL * total_memory_bytes(device), SHARE_OF_FREE * free_memory_bytes(device)))


def whole_volume_bytes(
    sides_zyx: Sequence[int],
    *,
    width: int,
    in_channels: int = 1,
    classes: int = 2,
    passes_at_once: int = 1,
    bytes_per_value: int = 4,
) -> int:
    """Peak bytes of one network run on a box of ``sides_zyx`` voxels, without what is kept of the passes.

    Args:
        sides_zyx: voxels; rounded up to multiples of 16 as the network does.
        width: channels of the network's first stage.
        passes_at_once: Monte-Carlo passes decoded together; the encoder's features are shared.
        bytes_per_value: 4 for fp32, 2 for bf16 and fp16.
    """
    voxels = prod(ceil(side / STRIDE) * STRIDE for side in sides_zyx)
    # stages of the encoder: w at full size, 2w at 1/8 of the voxels, 4w at 1/64, …
    encoder = width * sum(2**k / 8**k for k in range(5))
    decoder = passes_at_once * width * FULL_SIZE_FEATURES
    heads = passes_at_once * 3 * (2 * classes - 1)  # logits and distances, softmax, what entropy needs
    values = (encoder + decoder) * bytes_per_value + (heads + 2 * in_channels) * 4
    return int(voxels * values) + WORKING_BYTES


def kept_bytes(sides_zyx: Sequence[int], *, classes: int, passes: int, per_pass: bool) -> int:
    """Bytes of what is kept over the passes: mean probabilities, entropies, the passes' labels.

    ``per_pass``: also float16 probabilities of every pass, as overlapping tiles need them.
    """
    voxel = 4 * classes + 4 * 3 + passes
    if per_pass:
        voxel += 2 * passes * classes
    return prod(sides_zyx) * voxel


def _cached_by_torch(device: str) -> int:
    import torch

    return int(torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))


def _container_limit() -> int | None:
    text = _read(_CGROUP / "memory.max") or _read(_CGROUP / "memory" / "memory.limit_in_bytes")
    return int(text) if text and text.isdigit() and int(text) < 2**60 else None


def _container_use() -> int:
    """Bytes used in the container less the file cache that the system gives back when asked."""
    text = _read(_CGROUP / "memory.current") or _read(_CGROUP / "memory" / "memory.usage_in_bytes") or "0"
    statistics = _read(_CGROUP / "memory.stat") or _read(_CGROUP / "memory" / "memory.stat") or ""
    cache = sum(int(line.split()[1]) for line in statistics.splitlines() if line.startswith("inactive_file "))
    return max(0, int(text) - cache)


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None  # no such control group here, which is the usual case outside containers
