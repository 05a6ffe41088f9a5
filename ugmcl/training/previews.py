"""`previews/`: one case as the network segments it during the training, for an overlay in Slicer."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from torch import nn

from ugmcl.batch import IGNORE
from ugmcl.data.cache import Cache
from ugmcl.errors import UserError
from ugmcl.jobs.reporter import Reporter
from ugmcl.training.ends import disk_is_full
from ugmcl.training.precision import Precision
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.validation import predictor_of, validation_cases

FOLDER, IMAGE, REFERENCE = "previews", "image.nrrd", "reference.seg.nrrd"


class Previews:
    """Writes previews of the first validation case (the first labelled one where there is none).

    Args:
        run: the run folder.

    Attributes:
        possible: False once one could not be written.
    """

    def __init__(self, run: Path, cache: Cache, settings: TrainingSettings, reporter: Reporter) -> None:
        self._run, self._cache, self._settings, self._reporter = run, cache, settings, reporter
        self.possible = True

    def write(self, network: nn.Module, precision: Precision, iteration: int) -> Path | None:
        """Segment the case with a network in evaluation mode and tell of the file; None where it cannot be.

        Raises:
            UserError: the disk is full; another fault of writing costs the previews, not the training.
        """
        if find_spec("SimpleITK") is None:  # a bare GPU machine
            self._give_up("SimpleITK is not installed")
            return None
        try:
            return self._write(network, precision, iteration)
        except UserError as fault:
            if disk_is_full(fault, self._run):
                raise
            self._give_up(str(fault))
            return None

    def _write(self, network: nn.Module, precision: Precision, iteration: int) -> Path | None:
        from ugmcl.volumes.segmentation_files import write_segmentation

        case = self._cache.case(validation_cases(self._cache)[1][0])
        folder = self._run / FOLDER
        folder.mkdir(exist_ok=True)
        self._write_case(folder, case.id)
        image = np.asarray(self._cache.image(case.id), dtype=np.float32)
        predictor = predictor_of(network, self._settings, precision)
        labels = predictor.predict(image, disagreement=False).labels.astype(np.uint8)
        path = folder / f"{iteration:06d}.seg.nrrd"
        write_segmentation(path, labels, case.affine, self._cache.segments)
        self._reporter.preview(path, iteration)
        return path

    def _write_case(self, folder: Path, case: str) -> None:
        """Image and reference, once."""
        from ugmcl.volumes.segmentation_files import write_segmentation
        from ugmcl.volumes.writing import write_image

        affine = self._cache.case(case).affine
        if not (folder / IMAGE).is_file():
            first_channel = np.asarray(self._cache.image(case)[0], dtype=np.float32)
            write_image(folder / IMAGE, first_channel, affine)
        if not (folder / REFERENCE).is_file():
            labels = np.array(self._cache.label(case))
            labels[labels == IGNORE] = 0
            write_segmentation(folder / REFERENCE, labels, affine, self._cache.segments)

    def _give_up(self, reason: str) -> None:
        self.possible = False
        self._reporter.message(f"No previews are written: {reason}", "warning")
