"""Loads a scripted module from its file, as Slicer does at start-up."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import slicer

from host.module_manager import qSlicerScriptedLoadableModule


def load_scripted_module(path: Path) -> Any:
    """Import the file, make its module object and register both; returns the imported Python module."""
    name, folder = path.stem, str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file.")
    source = importlib.util.module_from_spec(spec)
    sys.modules[name] = source
    spec.loader.exec_module(source)
    module = qSlicerScriptedLoadableModule(name, str(path.resolve()))
    slicer.app.moduleManager().register(module)
    instance = getattr(source, name)(module)
    setattr(slicer.modules, f"{name}Instance", instance)
    if hasattr(instance, "setup"):
        instance.setup()
    return source
