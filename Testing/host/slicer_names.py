"""Names that Slicer's own start-up code adds to the Python modules of its libraries."""

from __future__ import annotations

import sys
import types
from typing import Any

import slicer
import slicer.util
import slicer_core


def install_names(application: Any) -> None:
    """`slicer.app`, `slicer.mrmlScene`, `slicer.modules`, `slicer.moduleNames` and the old module names."""
    slicer.app = application
    slicer.mrmlScene = application.mrmlScene()
    for name in ("modules", "moduleNames"):
        module = types.ModuleType(f"slicer.{name}")
        sys.modules[module.__name__] = module
        setattr(slicer, name, module)
    for library in ("MRMLCore", "MRMLLogic", "MRMLCLI", "MRMLDisplayableManager"):
        sys.modules[library + "Python"] = getattr(slicer_core, library)
    sys.modules["vtkSegmentationCorePython"] = slicer_core.vtkSegmentationCore
    sys.modules["vtkSegmentationCore"] = slicer_core.vtkSegmentationCore
    sys.modules["vtkAddon"] = slicer_core.vtkAddonPython
