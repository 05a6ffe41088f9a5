"""What the warm worker keeps between jobs: the last model, ready to segment."""

from __future__ import annotations

import gc
import hashlib
from typing import TYPE_CHECKING

from ugmcl.models.description import DESCRIPTION, ModelPackage

if TYPE_CHECKING:
    from ugmcl.segmentation.case import Segmenter
    from ugmcl.segmentation.options import SegmentOptions


class WarmModel:
    """Keeps one segmenter, for as long as model and options stay the same."""

    def __init__(self) -> None:
        self._key: tuple[str, SegmentOptions] | None = None
        self._segmenter: Segmenter | None = None

    def segmenter(self, model: ModelPackage, options: SegmentOptions) -> Segmenter:
        """The segmenter for this model and these options, made anew only where they differ from the last."""
        from ugmcl.segmentation.case import Segmenter

        key = (_identity(model), options)
        if self._segmenter is None or self._key != key:
            self.free()  # never two on the device
            self._segmenter, self._key = Segmenter(model, options), key
        return self._segmenter

    def free(self) -> None:
        """Let go of the model and of the device's memory."""
        self._segmenter = self._key = None
        gc.collect()
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        elif torch.backends.mps.is_available():
            torch.mps.empty_cache()


def _identity(model: ModelPackage) -> str:
    """Changes with the weights and with everything that model.json says."""
    assert model.path is not None
    description = (model.path / DESCRIPTION).read_bytes()
    return f"{model.path}\n{model.weights_sha256}\n{hashlib.sha256(description).hexdigest()}"
