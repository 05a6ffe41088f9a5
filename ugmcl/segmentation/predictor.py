"""Probabilities and uncertainty of a framed image: T passes on whatever device and memory there is."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ugmcl.devices.choice import DeviceChoice, choose_device
from ugmcl.devices.memory import kept_bytes, memory_budget_bytes, whole_volume_bytes
from ugmcl.errors import UserError
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.networks.fold import fold_batch_norm
from ugmcl.segmentation.accumulate import PassSums
from ugmcl.segmentation.ladder import Way, fault_of, smaller_ways
from ugmcl.segmentation.passes import PRECISIONS, PassRunner, drops_channels, reproducible
from ugmcl.segmentation.prediction import Prediction
from ugmcl.segmentation.sweeps import sweep_tiles, sweep_whole
from ugmcl.segmentation.tiles import OVERLAP, Sides, plan_tiles, round_up, shrink_tile


class Predictor:
    """Runs one network over images.

    Args:
        network: trained, any device; it is copied.
        passes: Monte-Carlo passes T; 1 is a single pass without dropout.
        temperature: of the softmax, from the model's calibration.
        patch_zyx: the training patch, the smallest tile before memory forces smaller ones.
        device: `choose_device`'s wish.
        precision: ``auto`` (fp32), ``fp32``, ``bf16`` or ``fp16``.
        memory_budget: bytes to stay under; None asks the device.
        seed: of the passes' masks; the same for every case, so that equal input gives equal output.
        flip_axes: passes mirror the image along these axes in turn (``x``, ``y``, ``z`` of the framed image).
        fold: batch norm into the convolutions.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        passes: int,
        temperature: float = 1.0,
        patch_zyx: Sides,
        device: str = "auto",
        precision: str = "auto",
        memory_budget: int | None = None,
        seed: int = 0,
        flip_axes: Sequence[str] = (),
        fold: bool = True,
    ) -> None:
        if passes < 1 or passes > 200:
            raise UserError(f"{passes} passes cannot be run", "passes", "Choose 1 to 200")
        self.precision = "fp32" if precision == "auto" else precision
        if self.precision not in PRECISIONS:
            raise UserError(f"unknown precision {precision}", "precision", "Choose auto, fp32, bf16 or fp16")
        self.choice: DeviceChoice = choose_device(device)
        self.fixed_tile = any(isinstance(m, nn.GroupNorm | nn.InstanceNorm3d) for m in network.modules())
        self.folded = fold and any(isinstance(m, nn.BatchNorm3d) for m in network.modules())
        self.network = fold_batch_norm(network) if self.folded else copy.deepcopy(network)
        self.network.eval().float()
        self.patch_zyx, self.temperature, self.seed = round_up(patch_zyx), temperature, seed
        self.classes = int(self.network.classes)  # type: ignore[arg-type]
        self.asked_passes, self.flip_axes = passes, tuple(flip_axes)
        self.passes = passes if drops_channels(self.network) else min(passes, 2 ** len(self.flip_axes))
        self._budget = memory_budget
        self._runner: PassRunner | None = None

    def predict(
        self, image: NDArray[np.float32], *, disagreement: bool = True, reporter: Reporter = SILENT
    ) -> Prediction:
        """Segment ``image`` (N, z, y, x), normalised.

        Raises:
            UserError: no way of running fits into memory.
        """
        sides = (image.shape[1], image.shape[2], image.shape[3])
        tensor = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))
        steps: list[str] = []
        for way in self._ways(sides):
            try:
                with torch.inference_mode(), reproducible():
                    sums, details = self._run(way, tensor, disagreement, reporter)
                    return self._finish(sums, {**details, "ladder": steps})
            except (RuntimeError, MemoryError) as error:
                fault = fault_of(error, way.device)
                if fault is None:
                    raise
                steps.append(f"{way}: {fault}")
            self._free(way)
            reporter.message(f"{steps[-1]}; trying again with less", "warning")
        raise UserError(
            f"memory does not suffice for {' x '.join(map(str, sides[::-1]))} voxels ({'; '.join(steps)})",
            "segmentation",
            "Close other programs, or choose a region of interest",
        )

    def estimate_bytes(self, sides: Sides) -> int:
        """Memory that the whole volume would take on the device."""
        return self._network_bytes(sides) + kept_bytes(
            sides, classes=self.classes, passes=self.passes, per_pass=False
        )

    def release(self) -> None:
        """Give the device's memory back; the next prediction takes it again."""
        self._runner = None
        self.network.cpu()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _network_bytes(self, sides: Sides) -> int:
        return whole_volume_bytes(
            sides,
            width=int(self.network.width),  # type: ignore[arg-type]
            in_channels=int(self.network.in_channels),  # type: ignore[arg-type]
            classes=self.classes,
            bytes_per_value=4 if self.precision == "fp32" else 2,
        )

    def _budget_bytes(self, device: str) -> int:
        return self._budget if self._budget is not None else memory_budget_bytes(device)

    def _first_way(self, sides: Sides, device: str) -> Way:
        """Whole volume where it fits and the norm allows it, else the largest tiles that fit."""
        if self.fixed_tile:
            return Way(device, self.patch_zyx)
        budget = self._budget_bytes(device)
        if self.estimate_bytes(sides) <= budget:
            return Way(device, None)
        for per_pass in (True, False):  # passes side by side are worth a smaller tile: the encoder runs once
            kept = kept_bytes(sides, classes=self.classes, passes=self.passes, per_pass=per_pass)
            tile = self._largest_tile(sides, budget - (kept if device == "cpu" else 0))
            if tile is not None:
                return Way(device, tile)
        return Way(device, shrink_tile(sides, self.patch_zyx, lambda tile: False))

    def _largest_tile(self, sides: Sides, room: int) -> Sides | None:
        """The largest tile, not below the training patch, that ``room`` bytes hold; None if none does."""

        def fits(tile: Sides) -> bool:
            return self._network_bytes(tile) <= room

        tile = shrink_tile(sides, self.patch_zyx, fits)
        return tile if fits(tile) else None

    def _ways(self, sides: Sides) -> Iterator[Way]:
        """Best first; then smaller tiles, then the processor, then smaller tiles there.

        Group and instance norm know only their training patch, so their tiles never shrink.
        """
        for device in dict.fromkeys((self.choice.device, "cpu")):
            first = self._first_way(sides, device)
            yield first
            if not self.fixed_tile:
                yield from smaller_ways(first, sides, self.patch_zyx)

    def _run(
        self, way: Way, image: Tensor, disagreement: bool, reporter: Reporter
    ) -> tuple[PassSums, dict[str, Any]]:
        runner = self._runner_on(way.device)
        details: dict[str, Any] = {
            "device": way.device,
            "device_name": self.choice.name if way.device == self.choice.device else "processor",
            "device_reason": self.choice.reason,
            "precision": self.precision,
            "batch_norm_folded": self.folded,
            "passes": self.passes,
        }
        if self.flip_axes and self.passes > 1:
            details["flip_axes"] = list(self.flip_axes)
        if self.passes != self.asked_passes:
            details["note"] = "the network has no dropout, so that more passes would only repeat these"
        if way.tile_zyx is None:
            sums = sweep_whole(runner, image, self.classes, disagreement=disagreement, reporter=reporter)
            return sums, {**details, "mode": "whole volume", "passes_kept": "exact"}
        plan = plan_tiles(image.shape[1:], way.tile_zyx)
        sides = tuple(plan.total.shape)
        home, keep = self._where_to_sum(way, sides)
        sums = sweep_tiles(
            runner,
            image,
            self.classes,
            plan,
            keep_passes=keep,
            disagreement=disagreement,
            device=home,
            reporter=reporter,
        )
        kept = "float16 side by side" if keep and self.passes > 1 else "float32, pass by pass"
        tiled = {
            "mode": "tiles",
            "tile": list(way.tile_zyx[::-1]),
            "tiles": len(plan.places),
            "overlap": OVERLAP,
            "passes_kept": kept,
        }
        return sums, {**details, **tiled}

    def _where_to_sum(self, way: Way, sides: tuple[int, ...]) -> tuple[str, bool]:
        """Device of the sums, and whether every pass can be summed side by side."""
        assert way.tile_zyx is not None
        full = kept_bytes(sides, classes=self.classes, passes=self.passes, per_pass=True)
        if way.device != "cpu" and full + self._network_bytes(way.tile_zyx) <= self._budget_bytes(way.device):
            return way.device, True
        taken = self._network_bytes(way.tile_zyx) if way.device == "cpu" else 0
        budget = self._budget_bytes("cpu") if way.device == "cpu" else memory_budget_bytes("cpu")
        return "cpu", full + taken <= budget

    def _runner_on(self, device: str) -> PassRunner:
        if self._runner is None or self._runner.device != device:
            self.network.to(device=device, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
            self._runner = PassRunner(
                self.network,
                self.passes,
                self.seed,
                self.temperature,
                device,
                self.precision,
                self.flip_axes,
            )
        return self._runner

    def _free(self, way: Way) -> None:
        if way.device.startswith("cuda"):
            torch.cuda.empty_cache()

    @staticmethod
    def _finish(sums: PassSums, way: dict[str, Any]) -> Prediction:
        probability, uncertainty, expected = sums.mean()
        gap = None if sums.disagreement is None else sums.disagreement.cpu().numpy()
        return Prediction(
            np.ascontiguousarray(probability.cpu().numpy()),
            uncertainty.cpu().numpy(),
            np.ascontiguousarray(expected.cpu().numpy()),
            gap,
            np.ascontiguousarray(sums.labels.cpu().numpy()),
            way,
        )
