"""The documents against each other and against what they tell of: settings, commands, files."""

import json
import re
from pathlib import Path

import pytest

from local.options import LINES
from proxy_core.configuration.names import SETTINGS
from tests.contract.markdown import compare, read_blocks, read_links

ROOT = Path(__file__).parents[2]
README, CHINESE = "README.md", "README.zh-CN.md"
DOCUMENTS = sorted(
    str(path.relative_to(ROOT)).replace("\\", "/")
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("local/*/*.md")]
)
HAN = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_languages(text: str) -> str:
    """Each links the other at its top: the one difference that is meant."""
    title, _, rest = text.split("\n\n", 2)
    return f"{title}\n\n\n\n{rest}"


# --- the translation --------------------------------------------------------


def test_the_readme_and_its_translation_are_in_step() -> None:
    assert list(compare(*(without_languages(read(name)) for name in (README, CHINESE)))) == []


@pytest.mark.parametrize(("one", "other"), [(README, CHINESE), (CHINESE, README)])
def test_each_links_the_other_at_its_top(one: str, other: str) -> None:
    assert read_links(read(one).split("\n\n")[1]) == [other]


def test_no_line_of_the_translation_breaks_between_two_characters() -> None:
    """A break is shown as a space, which Chinese does not have."""
    paragraphs = [block for block in read_blocks(read(CHINESE)) if block.kind != "code"]
    broken = [re.findall(f"{HAN} {HAN}", block.text) for block in paragraphs]
    assert [(block.line, b) for block, b in zip(paragraphs, broken, strict=True) if b] == []


CHANGES = {
    "a heading": ("## Cursor\n", "", "heading"),
    "the level of a heading": ("### Other", "## Other", "heading ###"),
    "a paragraph": ("An SDK needs", "Something new.\n\nAn SDK needs", "text"),
    "a bullet": ("- While Azure is silent", "- New.\n- While Azure is silent", "bullet"),
    "a step": ("5. `python3 dev.py start`\n", "", "step"),
    "a row": ("| Cursor | `Invalid", "| | | |\n| Cursor | `Invalid", "table row of 3 cells"),
    "a column": ("| where | what you see |", "| where |", "table row of 3 cells"),
    "a command": ("\nazd up\n", "\nazd provision\n", "azd provision"),
    "a command more": ("\nazd up\n", "\nazd up\nazd deploy\n", "azd deploy"),
    "the order of commands": (
        "python3 dev.py start\npython3 dev.py claude\n",
        "python3 dev.py claude\npython3 dev.py start\n",
        "another order",
    ),
    "the language of code": ("```python", "```py", "code block"),
    "a drawing": ("──► proxy.py", "──► door.py", "door.py"),
    "a setting": ("Set `CURSOR_AZURE_DEPLOYMENT`", "Set `CURSOR_DEPLOYMENT`", "CURSOR_DEPLOYMENT"),
    "a setting less": ("`SMALL_MODEL` answers", "A model answers", "`SMALL_MODEL`"),
    "a link": ("(docs/errors.md)", "(docs/error.md)", "docs/error.md"),
    "a picture": ("setup-light.png", "setup-dark.png", "setup-dark.png"),
    "a number": ("about 7,000 tokens", "about 8,000 tokens", "8,000"),
    "a button": ("*OpenAI API Key*", "*API Key*", "*API Key*"),
    "a message": ("\"Auto mode can't check", '"Auto mode cannot check', "Auto mode cannot check"),
    "what cells hold": ("| `azure/` | the", "| the | `azure/`", "`azure/`"),
}


@pytest.mark.parametrize(("old", "new", "said"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("turned", [False, True])
def test_what_changes_in_one_alone_is_told(old: str, new: str, said: str, turned: bool) -> None:
    text = read(README)
    assert old in text
    pair = text, text.replace(old, new, 1)
    differences = list(compare(*(pair[::-1] if turned else pair)))
    assert said in "\n".join(differences)
    assert len(differences) == 1


def test_comments_in_code_are_translated() -> None:
    assert list(compare("```\nmake  # alles\n```", "```\nmake    # all\n```")) == []


# --- what they tell of ------------------------------------------------------


def test_every_setting_has_its_row_and_its_place_in_the_sample() -> None:
    rows = [block for block in read_blocks(read("docs/settings.md")) if block.kind == "row"]
    told = re.findall(r"`([A-Z_]+)`", " ".join(row.cells[0] for row in rows))
    assert sorted(told) == sorted(SETTINGS)
    assert {*SETTINGS} <= {*json.loads(read("local.settings.sample.json"))["Values"]}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_within_leads_somewhere(name: str) -> None:
    within = [link for link in read_links(read(name)) if not link.startswith("http")]
    assert [link for link in within if not leads_somewhere(name, link)] == []


def leads_somewhere(name: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (ROOT / name).parent / path if path else ROOT / name
    if not anchor:
        return target.exists()
    titles = (b.text for b in read_blocks(target.read_text("utf-8")) if b.kind == "heading")
    return anchor in {re.sub(r"[^\w\- ]", "", t.lower()).strip().replace(" ", "-") for t in titles}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_dev_py_exists(name: str) -> None:
    assert {*re.findall(r"(?:`|python3 )dev\.py ([a-z]+)", read(name))} - {*LINES} == set()
