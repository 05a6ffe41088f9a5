"""The description of the model that a training starts from, read once for each name."""

from __future__ import annotations

from ugmcl.errors import UserError
from ugmcl.models.description import ModelPackage
from ugmcl.models.library import find_model


class StartModel:
    """Remembers the last one.

    Attributes:
        now: its description; None for a training from the beginning, or where it is gone or damaged.
    """

    def __init__(self) -> None:
        self._name = ""
        self.now: ModelPackage | None = None

    def package(self, name: str) -> ModelPackage | None:
        """The description of ``name@version``; None where it cannot be read."""
        if name != self._name:
            self._name = name
            try:
                self.now = find_model(name) if name else None
            except UserError:
                self.now = None
        return self.now
