"""A training as a process of its own: ``train_tiny.py CACHE RUN SETTINGS.json``; killed by tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from ugmcl.training.loading import check_settings
from ugmcl.training.run import train

if __name__ == "__main__":
    torch.set_num_threads(1)
    cache, run, settings = sys.argv[1:4]
    resume = (Path(run) / "settings.json").exists()
    wished = None if resume else check_settings(json.loads(Path(settings).read_text()))
    train(None if resume else cache, run, wished, resume=resume)
