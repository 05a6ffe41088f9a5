"""Which device computes, and why: CUDA, then Apple's GPU, then the processor."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from ugmcl.errors import UserError

LEAST_CARD_GIB = 4.0  # below this a card runs out of memory on usual volumes and loses to the processor
LEAST_FREE_GIB = 1.5


@dataclass(frozen=True)
class DeviceChoice:
    """``device`` as torch names it (``cpu``, ``cuda:0``, ``mps``), its name, and the reason in words."""

    device: str
    name: str
    reason: str


@dataclass(frozen=True)
class Card:
    """A graphics card as found: memory in GiB, and why it cannot be used ("" when it can)."""

    device: str
    name: str
    total_gib: float
    free_gib: float
    fault: str


def choose_device(wish: str = "auto", *, local_rank: int | None = None) -> DeviceChoice:
    """The device to use.

    Args:
        wish: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        local_rank: of several processes on this computer; with ``auto`` or ``cuda`` each takes its own card.
            None takes torchrun's LOCAL_RANK where it is set.

    Raises:
        UserError: the device wished for by name is unknown or not available.
    """
    wish = wish.strip().lower()
    if local_rank is None and "LOCAL_RANK" in os.environ:
        local_rank = int(os.environ["LOCAL_RANK"])
    if wish == "cpu":
        return DeviceChoice("cpu", processor_name(), "the processor was asked for")
    if wish == "auto":
        return _best(local_rank)
    if wish == "mps":
        fault = _mps_fault()
        if fault:
            raise UserError(f"the Apple GPU is not available: {fault}", "device mps", "Use --device auto")
        return DeviceChoice("mps", "Apple GPU", "the Apple GPU was asked for")
    if wish == "cuda" or (wish.startswith("cuda:") and wish[5:].isdigit()):
        return _named_card(wish, local_rank)
    raise UserError("there is no such device", f"device {wish}", "Choose auto, cpu, cuda, cuda:N or mps")


def list_cards() -> list[Card]:
    """Every card that torch sees, with its memory and whether it can be used."""
    import torch

    if not torch.cuda.is_available():
        return []
    cards = []
    for i in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(i)
        free = torch.cuda.mem_get_info(i)[0] / 2**30
        total = properties.total_memory / 2**30
        fault = ""
        if not _kernels_exist(properties.major, properties.minor):
            fault = (
                f"this PyTorch has no code for its compute capability {properties.major}.{properties.minor}"
            )
        elif total < LEAST_CARD_GIB:
            fault = f"{total:.1f} GiB of memory are too little (at least {LEAST_CARD_GIB:.0f})"
        elif free < LEAST_FREE_GIB:
            fault = f"only {free:.1f} GiB of its memory are free"
        cards.append(Card(f"cuda:{i}", properties.name, total, free, fault))
    return cards


def processor_name() -> str:
    """The processor's trade name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")  # on Linux `platform` knows the architecture only
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return " ".join(value.split())
    return platform.processor() or platform.machine() or "processor"


def _best(local_rank: int | None) -> DeviceChoice:
    cards = list_cards()
    usable = [card for card in cards if not card.fault]
    if usable:
        best = max(usable, key=lambda card: card.free_gib)  # the first of equals
        if local_rank is not None:
            best = usable[local_rank % len(usable)]
        return DeviceChoice(best.device, best.name, f"{best.free_gib:.1f} GiB of its memory are free")
    reasons = [f"{card.name} is not used: {card.fault}" for card in cards] or [_why_no_cuda()]
    fault = _mps_fault()
    if not fault:
        return DeviceChoice("mps", "Apple GPU", "the computer's own GPU")
    return DeviceChoice("cpu", processor_name(), "; ".join(reasons))


def _named_card(wish: str, local_rank: int | None) -> DeviceChoice:
    """The card wished for by the user, also when it is weak; what has no code for it cannot run at all."""
    cards = list_cards()
    if not cards:
        raise UserError(_why_no_cuda(), f"device {wish}", "Use --device auto or --device cpu")
    number = int(wish[5:]) if ":" in wish else (local_rank or 0) % len(cards)
    if number >= len(cards):
        names = ", ".join(f"{card.device} ({card.name})" for card in cards)
        raise UserError("there is no such graphics card", f"device {wish}", f"Choose from {names}")
    card = cards[number]
    if "compute capability" in card.fault:
        raise UserError(card.fault, f"device {card.device} ({card.name})", "Use --device cpu")
    reason = "this graphics card was asked for" + (f", although {card.fault}" if card.fault else "")
    return DeviceChoice(card.device, card.name, reason)


def _kernels_exist(major: int, minor: int) -> bool:
    """Whether this torch holds code for a card: the same major version, not newer, or PTX to compile from."""
    import torch

    if torch.version.hip:
        return True
    built = torch.cuda.get_arch_list()
    for arch in built:
        kind, _, digits = arch.partition("_")
        digits = digits.rstrip("af")
        if not digits.isdigit():
            continue
        capability = (int(digits[:-1]), int(digits[-1]))
        if kind == "sm" and capability[0] == major and capability[1] <= minor:
            return True
        if kind == "compute" and capability <= (major, minor):
            return True
    return not built


def _why_no_cuda() -> str:
    import torch

    if torch.version.cuda is None and torch.version.hip is None:
        if shutil.which("nvidia-smi"):
            return "an NVIDIA driver is installed, but this PyTorch is built for the processor only"
        return "this PyTorch is built for the processor only and no NVIDIA driver was found"
    return "no graphics card was found that this PyTorch can use"


def _mps_fault() -> str:
    import torch

    if platform.system() != "Darwin":
        return "this is not a Mac"
    if not torch.backends.mps.is_built():
        return "this PyTorch is built without it"
    return "" if torch.backends.mps.is_available() else "macOS 12.3 and an Apple GPU are needed"
