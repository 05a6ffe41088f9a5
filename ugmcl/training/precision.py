"""Which arithmetic the network computes in; weights, losses and statistics stay float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from ugmcl.errors import UserError

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Precision:
    """``name`` (fp32, bf16, fp16) on ``device``, and why it was taken."""

    name: str
    device: str
    reason: str

    @property
    def device_type(self) -> str:
        return torch.device(self.device).type

    def autocast(self) -> AbstractContextManager:
        """A new context in which the network computes in this arithmetic."""
        if self.name == "fp32":
            return torch.autocast(self.device_type, enabled=False)
        return torch.autocast(self.device_type, dtype=_TYPES[self.name])

    @property
    def context(self) -> Callable[[], AbstractContextManager]:
        return self.autocast


def choose_precision(wish: str, device: str, patch_zyx: Sequence[int] = ()) -> Precision:
    """The arithmetic for training on ``device``; ``auto`` is bf16 where the device computes it natively.

    Raises:
        UserError: fp16 on the processor, whose float16 is slower than float32 and loses small gradients;
            bf16 on the processor with a patch for which its convolutions are wrong.
    """
    kind = torch.device(device).type
    faulty = kind == "cpu" and has_stage_of_two_slices(patch_zyx)
    if wish == "fp16" and kind == "cpu":
        raise UserError("fp16 needs a graphics card", "precision", "Use auto, bf16 or fp32")
    if wish == "bf16" and faulty:
        raise UserError(
            f"bf16 on the processor gives wrong gradients for a patch of {patch_zyx[0]} slices", "precision",
            "Use fp32 or auto, or a patch of at least 48 slices",
        )  # fmt: skip
    if wish != "auto":
        return Precision(wish, device, "asked for")
    if kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return Precision("bf16", device, "the graphics card computes it")
    if kind == "cpu" and faulty:
        return Precision(
            "fp32", device, f"bf16 is wrong for a patch of {patch_zyx[0]} slices on the processor"
        )
    if kind == "cpu" and _processor_has_bf16():
        return Precision("bf16", device, "the processor computes it")
    return Precision("fp32", device, "the device has no native bf16")


def has_stage_of_two_slices(patch_zyx: Sequence[int]) -> bool:
    """Whether a stage of the network sees exactly two slices.

    oneDNN's bf16 weight gradient of a 3x3x3 convolution then returns memory that was never written
    (PyTorch 2.13, AVX-512 BF16; fp32 and every other depth are right; measured layer by layer).
    """
    return bool(patch_zyx) and any(patch_zyx[0] == 2 << halvings for halvings in range(5))


def _processor_has_bf16() -> bool:
    """Whether the processor has bf16 instructions (AVX-512 BF16 or AMX); without them bf16 is emulated."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name)() for name in checks if hasattr(torch.cpu, name))
