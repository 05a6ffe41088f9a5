"""The pictures that documents show, taken from what the tests wrote."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from host.kept_screenshots import keep_screenshots


def test_what_a_page_shows_is_kept_in_the_form_that_it_names(tmp_path: Path) -> None:
    root, written = tmp_path / "root", tmp_path / "written"
    for folder in (root / "docs", root / "Resources" / "Screenshots", written):
        folder.mkdir(parents=True)
    (root / "README.md").write_text(
        "![a](Resources/Screenshots/panel.webp)\n![b](Resources/Screenshots/old.png)\n"
    )
    (root / "docs" / "page.md").write_text("![c](../Resources/Screenshots/result.png)\n")
    gradient = Image.linear_gradient("L").convert("RGB")
    for name in ("panel", "result", "nobody_shows_it"):
        gradient.save(written / f"{name}.png")
    renewed = keep_screenshots(written, root)
    kept = root / "Resources" / "Screenshots"
    assert renewed == [kept / "panel.webp", kept / "result.png"]
    assert sorted(path.name for path in kept.iterdir()) == ["panel.webp", "result.png"]
    with Image.open(kept / "panel.webp") as picture:
        assert picture.format == "WEBP" and picture.size == (256, 256)
        assert abs(picture.convert("L").getpixel((100, 200)) - 200) < 4
