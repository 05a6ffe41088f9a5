"""A file is a room with one purpose: short, and named after it (design, section 17)."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "stuff", "tools", "base_utils"}
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "raise NotImplemented" + "Error")


def sources(root: Path) -> list[Path]:
    return sorted((root / "ugmcl").rglob("*.py"))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_over_400_lines_and_a_median_under_100(root: Path) -> None:
    lengths = {str(path.relative_to(root)): lines_of(path) for path in sources(root)}
    assert not {path: length for path, length in lengths.items() if length > 400}
    assert median(length for length in lengths.values() if length > 3) < 100


def test_names_say_what_is_inside(root: Path) -> None:
    named = [path for folder in ("ugmcl", "Testing") for path in (root / folder).rglob("*")]
    assert not [str(path) for path in named if path.stem.lower() in VAGUE]


def test_every_file_says_what_it_is_for(root: Path) -> None:
    silent = [
        str(path.relative_to(root))
        for path in sources(root)
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_nothing_is_left_unfinished(root: Path) -> None:
    found = [
        f"{path.relative_to(root)}: {word}"
        for path in sources(root)
        for word in UNFINISHED
        if word in path.read_text(encoding="utf-8")
    ]
    assert not found


def test_functions_fit_a_screen(root: Path) -> None:
    long = []
    for path in sources(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 80:
                    long.append(f"{path.relative_to(root)}:{node.lineno} {node.name}: {length} lines")
    assert not long


def test_room_folders_do_not_re_export(root: Path) -> None:
    inits = [path for path in sources(root) if path.name == "__init__.py" and path.parent != root / "ugmcl"]
    eager = [
        str(path.relative_to(root))
        for path in inits
        if any(
            isinstance(node, ast.Import | ast.ImportFrom)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
        )
    ]
    assert not eager
