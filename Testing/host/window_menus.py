"""Menus that a person needs to try the modules by hand: open files, sample data, switch modules, theme."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtWidgets


def add_menus(host: Any, module_names: list[str]) -> None:
    """Put them into the main window."""
    bar = host.window.menuBar()
    bar.addAction("&Load...").triggered.connect(lambda *_: load_files(host.window))
    samples = bar.addMenu("&Sample data")
    samples.aboutToShow.connect(lambda: list_samples(samples))
    modules = bar.addMenu("&Modules")
    for name in (*module_names, "SegmentEditor"):
        title = host.app.moduleManager().module(name).title
        modules.addAction(title).triggered.connect(lambda *_, name=name: slicer.util.selectModule(name))
    themes = bar.addMenu("&Theme")
    for theme in ("light", "dark"):
        themes.addAction(theme).triggered.connect(lambda *_, theme=theme: host.theme(theme))


def load_files(parent: Any) -> None:
    """Ask for files and load them; a segmentation is recognised by .seg.nrrd."""
    paths, _ = QtWidgets.QFileDialog.getOpenFileNames(parent, "Load")
    for path in paths:
        with slicer.util.tryWithErrorDisplay(f"{path} could not be loaded."):
            slicer.util.loadNodeFromFile(path)


def list_samples(menu: Any) -> None:
    """What modules have registered by now, one entry each."""
    menu.clear()
    for category, sources in getattr(slicer.modules, "sampleDataSources", {}).items():
        for source in sources:
            entry = menu.addAction(f"{category}: {source.sampleName}")
            entry.triggered.connect(lambda *_, name=source.sampleName: load_sample(name))


def load_sample(name: str) -> None:
    """Fetch one and load it."""
    from SampleData import SampleDataLogic

    with slicer.util.tryWithErrorDisplay(f"{name} could not be loaded."):
        SampleDataLogic().downloadSamples(name)
