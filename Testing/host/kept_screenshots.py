"""`python -m host.kept_screenshots FROM ROOT`: keep what documents show of the pictures that tests wrote.

What README.md and docs/ show of Resources/Screenshots is copied there from FROM; WebP where the document says
so, a seventh of the PNG's size: every renewed picture stays in the history that everybody clones.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from PIL import Image

QUALITY = 90
SHOWN = re.compile(r"Resources/Screenshots/(\w+)\.(png|webp)\)")


def keep_screenshots(written: Path, root: Path) -> list[Path]:
    """The pictures that were renewed; one that was not written stays as it is."""
    texts = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    shown = {found for text in texts for found in SHOWN.findall(text.read_text(encoding="utf-8"))}
    renewed = []
    for stem, suffix in sorted(shown):
        source, target = written / f"{stem}.png", root / "Resources" / "Screenshots" / f"{stem}.{suffix}"
        if not source.is_file():
            continue
        if suffix == "png":
            shutil.copyfile(source, target)
        else:
            with Image.open(source) as picture:
                picture.convert("RGB").save(target, quality=QUALITY, method=6)
        renewed.append(target)
    return renewed


if __name__ == "__main__":
    for path in keep_screenshots(Path(sys.argv[1]), Path(sys.argv[2])):
        print(path)
