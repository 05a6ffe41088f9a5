"""Translation functions of the test host: the application's translator, asked with Slicer's context names."""

from __future__ import annotations

import inspect
import logging
import re
from functools import cache
from pathlib import Path

import slicer

PLACEHOLDER = re.compile(r"(?<!{){([^{}]+)}(?!})")


def translate(context: str, text: str) -> str:
    """`text` in the application's language, or `text` itself where there is no application."""
    application = getattr(slicer, "app", None)
    return text if application is None else application.translate(context, text)


@cache
def getContext(sourceFile: str) -> str:
    """Context of a source file: its name, with the package's name before it when it lies in a package."""
    path = Path(sourceFile)
    if not path.is_file():
        return path.name
    inPackage = (path.parent / "__init__.py").is_file()
    return f"{path.parent.name}.{path.stem}" if inPackage else path.stem


def tr(text: str) -> str:
    """`text` translated in the context of the calling file.

    A translation that changed a {placeholder} would fail in `.format()`, so it is not used.
    """
    context = getContext(inspect.currentframe().f_back.f_code.co_filename)
    translated = translate(context, text)
    if set(PLACEHOLDER.findall(translated)) != set(PLACEHOLDER.findall(text)):
        logging.warning("%s: the translation of %r has other placeholders: %r", context, text, translated)
        return text
    return translated
