"""`report.html`: what it says, what it must not hold, and how it looks in a real browser, light and dark."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from Testing.library.outcome.browser import browse, find_browser
from Testing.library.outcome.conftest import PATIENT, tiny, write_dataset
from ugmcl.outcome.conclude import conclude_run
from ugmcl.training.run import train

ROLES = ("labelled", "labelled", "unlabelled", "validation", *["test"] * 6)

# Runs in the page after it was loaded: whether every picture was decoded, and what was loaded from elsewhere.
PROBE = """<script>
addEventListener("load", () => {
  console.error("the console is heard");
  const pictures = [...document.images];
  const loaded = performance.getEntriesByType("resource").filter(entry => !entry.name.startsWith("data:"));
  document.body.dataset.decoded = pictures.filter(p => p.complete && p.naturalWidth > 100).length;
  document.body.dataset.loaded = loaded.length;
  document.body.dataset.overflow = document.documentElement.scrollWidth > innerWidth;
  const cells = [...document.querySelectorAll("th, td")];
  document.body.dataset.clipped = cells.filter(cell => cell.scrollWidth > cell.clientWidth + 1).length;
  document.body.dataset.ground = getComputedStyle(document.body).backgroundColor;
});
</script>"""


@pytest.fixture(scope="module")
def concluded(start_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a control, compared on six test cases."""
    folder = tmp_path_factory.mktemp("reported")
    data = write_dataset(folder / PATIENT, ROLES)
    run = train(data, folder / "Site B", tiny(iterations=20, start_learning_rate=1e-2), start=start_model)
    conclude_run(run.folder, control=True)
    return run.folder


@pytest.fixture(scope="module")
def page(concluded: Path) -> str:
    return (concluded / "report.html").read_text(encoding="utf-8")


def text_of(page: str) -> str:
    """The page's words, without markup and style."""

    class Words(HTMLParser):
        words, inside = "", ""

        def handle_starttag(self, tag: str, attributes: object) -> None:
            self.inside = tag

        def handle_data(self, data: str) -> None:
            self.words += " " if self.inside == "style" else f" {data}"

    parser = Words()
    parser.feed(page)
    return " ".join(parser.words.split())


def test_it_says_what_the_run_brought(page: str) -> None:
    text = text_of(page)
    for words in (
        "The new model is better", "On 6 test cases the mean Dice rose from", "95 % interval", "p = 0.031",
        "the control reaches", "New model and starting model", "New model and control", "Largest gain",
        "How it learnt", "begun with the model run 1.0", "segments right, left", "labelled 2",
        "unlabelled 1", "validation 1", "test 6",
        "calibrated on the validation cases", "PyTorch", "Research software, not a medical device",
    ):  # fmt: skip
        assert words in text, words
    assert page.count("data:image/png;base64,") == 3 and "iterations" in text


def test_it_is_one_file_without_patients_places_or_links(page: str, concluded: Path) -> None:
    assert PATIENT not in page and PATIENT.split("_")[0] not in page
    assert str(concluded.parent) not in page and concluded.parent.as_posix() not in page
    plain = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"https?://|<script|<link|@import|\burl\(|href=", plain)
    assert not re.search(r"[\s\"'(](/[\w.-]+){2,}", plain), "an absolute path"


@pytest.fixture(scope="module")
def browser() -> str:
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium on this computer (.ci/system-libraries installs it where it may)")
    return found


@pytest.mark.slow
def test_chromium_shows_it_whole(browser: str, page: str, tmp_path: Path) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(page.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    shown, console = browse(
        browser,
        probed,
        tmp_path / "profile",
        "--dump-dom",
        "--virtual-time-budget=5000",
        "--window-size=1000,900",
    )
    assert len(console.splitlines()) == 1 and "the console is heard" in console, console
    assert text_of(page.partition("<body>")[2])[:2000] in text_of(shown.partition("<body")[2])
    facts = dict(re.findall(r'data-(\w+)="([^"]*)"', shown.partition("<body")[2].partition(">")[0]))
    assert facts["decoded"] == "3" and facts["loaded"] == "0" and facts["overflow"] == "false"
    assert facts["clipped"] == "0"
    assert facts["ground"] == "rgb(246, 247, 249)"


@pytest.mark.slow
def test_chromium_shows_it_dark_in_a_dark_room(browser: str, concluded: Path, tmp_path: Path) -> None:
    from matplotlib.image import imread

    means = {}
    for name, theme in (("light", ()), ("dark", ("--blink-settings=preferredColorScheme=0",))):
        place = tmp_path / f"{name}.png"
        browse(
            browser, concluded / "report.html", tmp_path / name, f"--screenshot={place}",
            "--window-size=1000,1400", *theme,
        )  # fmt: skip
        picture = imread(place)[..., :3]
        assert picture.shape[:2] == (1400, 1000) and float(np.std(picture)) > 0.02
        means[name] = float(picture.mean())
    assert means["dark"] < 0.35 < 0.75 < means["light"]
