"""The argument parser: a wrong call ends with one line and exit status 2."""

from __future__ import annotations

import argparse
from typing import NoReturn

from ugmcl.errors import UserError


class Parser(argparse.ArgumentParser):
    """argparse's parser, but its errors are `UserError`s and abbreviated options are refused."""

    def __init__(self, *arguments, **options) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **options)

    def error(self, message: str) -> NoReturn:
        """Raises the fault of the call as one line."""
        raise UserError(message, None, f"See {self.prog} --help")
