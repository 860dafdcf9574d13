"""Contrast in both colour schemes, and the README's pictures of the page."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.e2e.servers import App, Azure

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 150 * 1024  # bytes
AA = 4.5

# The contrast of each text with what is behind it: https://www.w3.org/TR/WCAG22/#contrast-minimum
CONTRASTS = """() => {
  const parse = color => (color.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(part => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("body *")].filter(element =>
    element.checkVisibility() && !element.matches(":disabled, option, noscript") &&
    [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
  return texts.map(element => {
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.outerHTML.slice(0, 80)];
  });
}"""


def use(page: Any) -> None:
    """Fills the page with what it can show."""
    page.click("#send")
    page.wait_for_selector("#send:enabled")
    page.click("#check-buttons button:first-child")
    page.wait_for_selector("#findings li:not(.group)")
    page.wait_for_selector("#check-buttons button:enabled")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(open_app: App, azure: Azure, open_page: Open, scheme: str) -> None:
    page = open_page(open_app.url, color_scheme=scheme, reduced_motion="reduce")
    use(page)
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 50
    assert [each for each in contrasts if each[0] < AA] == []


def test_both_schemes_look_different(open_app: App, open_page: Open) -> None:
    grounds = {
        open_page(open_app.url, color_scheme=scheme).evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
        )
        for scheme in ("light", "dark")
    }
    assert len(grounds) == 2


WIDE, NARROW = {"width": 960, "height": 860}, {"width": 380, "height": 860}
PICTURES = {
    "setup-light": ("#state", {"color_scheme": "light", "viewport": WIDE}),
    "setup-dark": ("#state", {"color_scheme": "dark", "viewport": WIDE}),
    "setup-narrow": ("#state", {"color_scheme": "light", "viewport": NARROW}),
    "setup-checks": ("#try", {"color_scheme": "light", "viewport": WIDE}),
}

# What `dev.py start` would have them show, so that pictures differ only where the page does.
USUAL_PORT = """here => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.data = text.data.replaceAll(here, "http://localhost:7071");
  }
}"""


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(
    pytestconfig: pytest.Config,
    open_app: App,
    azure: Azure,
    open_page: Open,
    tmp_path: Path,
    name: str,
) -> None:
    folder = IMAGES if pytestconfig.getoption("screenshots") else tmp_path
    place, options = PICTURES[name]
    page = open_page(open_app.url, reduced_motion="reduce", **options)
    use(page)
    page.evaluate(USUAL_PORT, open_app.url)
    page.evaluate(
        "place => { document.activeElement.blur();"
        "document.querySelector(place).closest('section, body').scrollIntoView(); }",
        place,
    )
    picture = folder / f"{name}.png"
    page.screenshot(path=picture)
    assert picture.stat().st_size < LARGEST
