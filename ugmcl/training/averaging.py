"""Models of one architecture averaged in their weights: a flatter minimum (methods reference 8, `swa`).

Useful for models that began from the same weights, as several fine-tunings of one model do (model soups,
Wortsman et al., ICML 2022). Running statistics are measured anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ugmcl.data.cache import open_cache
from ugmcl.errors import UserError
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage, UncertaintySpec
from ugmcl.models.weights import load_network, save_weights
from ugmcl.training.loading import load_settings
from ugmcl.training.precision import choose_precision
from ugmcl.training.recalibrated_networks import clean_patches
from ugmcl.training.recalibration import recalibrated

_FREE = ("dropout", "dropout_at")  # arguments without weights of their own


def average_models(
    packages: Sequence[ModelPackage],
    cache_folder: Path | str,
    output: Path | str,
    *,
    name: str,
    device: str = "cpu",
    reporter: Reporter = SILENT,
) -> Path:
    """Write the average of models as a new package; its calibration and figures have to be made anew.

    Args:
        packages: of one architecture and with the same segments; the first gives description and dropout.
        cache_folder: prepared data, from whose training cases running statistics are measured.
        output: folder of the new package; must not exist.
        name: of the new model.

    Raises:
        UserError: fewer than two models, models that do not fit together, or the folder exists.
    """
    first, output = _checked(packages), Path(output)
    if output.exists():
        raise UserError("this folder exists already", output, "Choose another one")
    cache = open_cache(cache_folder)
    reporter.stage("Averaging the models")
    total: dict[str, Tensor] = {}
    for package in packages:
        for key, value in load_network(package).state_dict().items():
            share = value.double() / len(packages)
            total[key] = total[key] + share if key in total else share
    network = load_network(first)
    kinds = {key: value.dtype for key, value in network.state_dict().items()}
    network.load_state_dict({key: value.to(kinds[key]) for key, value in total.items()})
    reporter.stage("Measuring running statistics")
    settings = load_settings("fine-tune", overrides={"patch": list(first.input.patch), "unlabelled_batch": 0})
    precision = choose_precision("fp32", device, settings.patch_zyx)
    network = recalibrated(network.to(device), clean_patches(cache, settings), precision).cpu()
    package = replace(
        first,
        name=name,
        path=None,
        uncertainty=UncertaintySpec(
            passes=first.uncertainty.passes,
            source=first.uncertainty.source,
            flip_axes=first.uncertainty.flip_axes,
        ),
        figures=[],
        pictures=[],
        training={**first.training, "averaged": [_words(part) for part in packages]},
    )
    with torch.no_grad():
        save_weights(output, package, network)
    return output


def _checked(packages: Sequence[ModelPackage]) -> ModelPackage:
    if len(packages) < 2:
        raise UserError("one model cannot be averaged", "models", "Name two or more")
    first = packages[0]
    for other in packages[1:]:
        if _architecture(other) != _architecture(first):
            raise UserError(
                f"{other.id} has another architecture than {first.id}",
                other.path,
                "Average models that were trained from one starting model",
            )
        if [s.name for s in other.segments] != [s.name for s in first.segments]:
            raise UserError(f"{other.id} has other segments than {first.id}", other.path, "Leave it out")
    return first


def _architecture(package: ModelPackage) -> tuple[Any, dict[str, Any]]:
    arguments = {k: v for k, v in package.network["arguments"].items() if k not in _FREE}
    return package.network["kind"], arguments


def _words(package: ModelPackage) -> str:
    return f"{package.id} ({package.weights_sha256[:12]})"
