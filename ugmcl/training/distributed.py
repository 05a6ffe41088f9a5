"""One process or several under ``torchrun``: who writes, and how gradients are averaged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

LONGEST_WAIT = timedelta(hours=6)  # the others wait while the first process prepares data or validates


@dataclass(frozen=True)
class World:
    """This process among ``size``; rank 0 writes. Of one process every call does nothing."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        return self.rank == 0

    @property
    def several(self) -> bool:
        return self.size > 1

    def barrier(self) -> None:
        if self.several:
            dist.barrier()

    def any(self, flag: bool) -> bool:
        """Whether ``flag`` is set in any process; every process gets the same answer."""
        if not self.several:
            return flag
        value = torch.tensor([float(flag)], device=self._device())
        dist.all_reduce(value, op=dist.ReduceOp.MAX)
        return bool(value.item() > 0)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace every gradient by its mean over the processes, in one message.

        A parameter that no process used keeps None; one that some used counts as zero in the others.
        """
        if not self.several:
            return
        parameters = list(parameters)
        flat = [
            p.grad.reshape(-1) if p.grad is not None else torch.zeros_like(p).reshape(-1) for p in parameters
        ]
        used = torch.tensor([float(p.grad is not None) for p in parameters]).to(flat[0])
        message = torch.cat([*flat, used])
        dist.all_reduce(message, op=dist.ReduceOp.SUM)
        used = message[-len(parameters) :]
        start = 0
        for parameter, count in zip(parameters, used.tolist(), strict=True):
            piece = message[start : start + parameter.numel()]
            start += parameter.numel()
            if count > 0:
                gradient = (piece / self.size).reshape(parameter.shape)
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                parameter.grad.copy_(gradient)

    def average_buffers(self, networks: Sequence[nn.Module]) -> None:
        """Replace every floating buffer (running statistics) by its mean over the processes."""
        if not self.several:
            return
        buffers = [b for network in networks for b in network.buffers() if b.is_floating_point()]
        if not buffers:
            return
        message = torch.cat([b.reshape(-1) for b in buffers])
        dist.all_reduce(message, op=dist.ReduceOp.SUM)
        start = 0
        for buffer in buffers:
            buffer.copy_((message[start : start + buffer.numel()] / self.size).reshape(buffer.shape))
            start += buffer.numel()

    def _device(self) -> torch.device:
        if dist.get_backend() == "nccl":
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("cpu")

    def leave(self) -> None:
        if self.several and dist.is_initialized():
            dist.destroy_process_group()


def local_rank() -> int | None:
    """Rank on this computer as ``torchrun`` tells it, None for a process of its own."""
    return int(os.environ["LOCAL_RANK"]) if int(os.environ.get("WORLD_SIZE", "1")) > 1 else None


def join_world(device: str) -> World:
    """Meet the other processes that ``torchrun`` started; alone where it started none."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World()
    if not dist.is_initialized():
        if device.startswith("cuda"):
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=LONGEST_WAIT)
    return World(dist.get_rank(), dist.get_world_size(), int(os.environ.get("LOCAL_RANK", "0")))


def synchronise_batch_norm(network: nn.Module, world: World, device: str) -> nn.Module:
    """Batch norm over all processes' patches on CUDA; elsewhere each process has its own statistics."""
    if world.several and device.startswith("cuda"):
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)
    return network
