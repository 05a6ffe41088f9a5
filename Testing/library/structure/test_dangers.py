"""One door for each danger: what could run or unpack foreign content appears nowhere."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "yaml"}
FORBIDDEN_METHODS = {"extractall", "unsafe_load", "full_load"}
FORBIDDEN_NAMES = {"eval", "exec", "__import__"}


def dangers(source: str) -> list[str]:
    """Every forbidden import or call of a Python source, as "line: what"."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
            )
            found += [
                f"{node.lineno}: import {name}" for name in names if name.split(".")[0] in FORBIDDEN_MODULES
            ]
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in FORBIDDEN_NAMES:
            found.append(f"{node.lineno}: {function.id}()")
        if isinstance(function, ast.Attribute):
            owner = ast.unparse(function.value)
            forbidden = function.attr in FORBIDDEN_METHODS or (
                function.attr == "load" and owner in ("torch", "yaml")
            )
            if forbidden or (function.attr in ("system", "popen") and owner == "os"):
                found.append(f"{node.lineno}: {owner}.{function.attr}()")
        for keyword in node.keywords:
            value = keyword.value
            if (
                isinstance(value, ast.Constant)
                and value.value is True
                and keyword.arg in ("shell", "allow_pickle")
            ):
                found.append(f"{node.lineno}: {keyword.arg}=True")
    return found


@pytest.mark.parametrize(
    "line",
    [
        "torch.load(path)",
        "import pickle",
        "from pickle import loads",
        "archive.extractall(folder)",
        "yaml.load(text)",
        "subprocess.run(command, shell=True)",
        "eval(text)",
        "os.system(command)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_the_search_finds(line: str) -> None:
    assert dangers(line)


def test_a_network_may_be_put_into_evaluation_mode() -> None:
    assert not dangers("network.eval()\nsafetensors.torch.load_file(path)\nnp.load(path)\nshell = True")


def test_no_danger_in_the_library(root: Path) -> None:
    found = {
        str(path.relative_to(root)): dangers(path.read_text(encoding="utf-8"))
        for path in sorted((root / "ugmcl").rglob("*.py"))
    }
    assert not {path: lines for path, lines in found.items() if lines}


def test_no_path_of_one_computer_in_tracked_files(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    machine_path = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/[\w.-]+|\b[A-Z]:\\\\?Users")
    suffixes = {".py", ".md", ".toml", ".json", ".txt", ".yaml", ".yml", ".cff", ".csv", ".html", ".ui", ""}
    found = []
    for name in listed.stdout.split("\0"):
        path = root / name
        if not name or path.suffix not in suffixes or not path.is_file() or "Testing/library" in name:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if machine_path.search(line):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert not found
