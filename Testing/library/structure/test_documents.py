"""What the pages refer to exists: tests named in the table of complaints, pictures, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

COMPLAINTS = {  # numbers of the list: sections 2.1 to 2.5 and 2.9, then 2.6 to 2.8
    "complaints-segmentation.md": {*range(1, 82), *range(120, 131)},
    "complaints-training.md": {*range(82, 120), 131},
}


@pytest.fixture(scope="module", params=list(COMPLAINTS))
def page(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def complaints(root: Path, page: str) -> list[list[str]]:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| \d", line)
    ]


def test_every_complaint_is_answered_once(complaints: list[list[str]], page: str) -> None:
    assert all(len(row) == 4 and all(row) for row in complaints)
    assert sorted(int(row[0]) for row in complaints) == sorted(COMPLAINTS[page])


def test_every_answer_has_a_test_that_exists_or_a_reason(complaints: list[list[str]], root: Path) -> None:
    missing = []
    for number, _, _, proof in complaints:
        tests = re.findall(r"`([^`]+)`", proof)
        if not tests and not proof.startswith("reason: "):
            missing.append(f"{number}: neither test nor reason")
        for test in tests:
            path, _, function = test.partition("::")
            file = root / "Testing" / path
            if not file.is_file():
                missing.append(f"{number}: {path}")
            elif function and not re.search(rf"^def {function}\(", file.read_text("utf-8"), re.MULTILINE):
                missing.append(f"{number}: {test}")
    assert not missing


def pages(root: Path) -> list[Path]:
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def test_pictures_and_links_of_the_pages_lead_somewhere(root: Path) -> None:
    broken = []
    for page in pages(root):
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            file = target.partition("#")[0]
            if file and "://" not in target and not (page.parent / file).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken


def test_the_tutorials_pictures_are_listed_and_there(root: Path) -> None:
    text = (root / "docs" / "slicer-tutorial.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(segmentation_\w+\.(?:png|webp))` \|", text, flags=re.MULTILINE))
    shown = set(re.findall(r"Screenshots/(segmentation_\w+\.(?:png|webp))\)", text))
    assert shown
    assert shown <= listed
    absent = [name for name in sorted(listed) if not (root / "Resources" / "Screenshots" / name).is_file()]
    assert not absent
