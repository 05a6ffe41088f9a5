"""Twenty steps of one process among several: ``torchrun two_processes.py CACHE SETTINGS.json OUTPUT``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from ugmcl.data.cache import open_cache
from ugmcl.methods.registry import get_method
from ugmcl.training.distributed import join_world
from ugmcl.training.loading import check_settings
from ugmcl.training.precision import choose_precision
from ugmcl.training.state import build_state
from ugmcl.training.trainer import Trainer

if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, settings_file, output = sys.argv[1:4]
    settings = check_settings(json.loads(Path(settings_file).read_text()))
    cache, precision, world = open_cache(folder), choose_precision("fp32", "cpu"), join_world("cpu")
    method = get_method(settings.method)(settings, 1, cache.classes)
    state = build_state(method, settings, precision, world)
    trainer = Trainer(cache, settings, method, state, precision, world=world)
    for batch in trainer.batches(0, 20):
        trainer.iterate(batch)
    values = {
        f"{name}.{key}": value.contiguous().clone()
        for name, network in state.networks().items()
        for key, value in network.state_dict().items()
    }
    save_file(values, Path(output) / f"rank{world.rank}.safetensors")
    world.leave()
