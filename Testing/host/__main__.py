"""`python -m host UGMCLSegmentation`: the repository's modules in a window, without Slicer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from host.start import start_host
from host.window_menus import add_menus

ROOT = Path(__file__).resolve().parents[2]


def module_files() -> dict[str, Path]:
    """The scripted modules of the repository: folders with a Python file of the same name."""
    files = (folder / f"{folder.name}.py" for folder in sorted(ROOT.iterdir()) if folder.is_dir())
    return {file.stem: file for file in files if file.is_file()}


def main() -> int:
    files = module_files()
    parser = argparse.ArgumentParser(prog="python -m host", description=__doc__)
    parser.add_argument(
        "module", nargs="?", default=next(iter(files), None), choices=list(files), help="to open first"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--home", type=Path, help="folder for settings and temporary files")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    host = start_host(visible=True, testing=False, home=arguments.home)
    for file in files.values():
        host.load_module(file)
    add_menus(host, list(files))
    host.theme(arguments.theme)
    if arguments.module:
        host.open(arguments.module)
    host.show()
    status = host.app.qt_application.exec()
    host.close()
    return status


if __name__ == "__main__":
    from host.ending import end_process

    end_process(main())
