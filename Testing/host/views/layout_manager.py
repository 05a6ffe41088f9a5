"""`slicer.app.layoutManager()`."""

from __future__ import annotations

from typing import Any


class LayoutManager:
    """Views."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def setViewport(self, widget: Any) -> None: ...
    def reset(self) -> None: ...
    def draw_all(self) -> None: ...
    def close(self) -> None: ...
