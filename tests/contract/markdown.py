"""A Markdown document -> its blocks, and what in a block is the same in every language.

Enough of Markdown for the documents of this project: headings, fenced code, lists, tables,
paragraphs.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest

FENCE = "```"
KINDS = {
    "heading": re.compile(r"#{1,6} "),
    "row": re.compile(r"\|"),
    "bullet": re.compile(r"- "),
    "step": re.compile(r"\d+\. "),
}
SPAN = re.compile(r"(`+)(.+?)\1")
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
# 7,000 and 3.13 are one number each; a letter before it makes it a name's.
NUMBER = re.compile(r"(?<![A-Za-z\d.,-])\d+(?:[.,]\d+)*")
# The words of a message, and of a button.
QUOTED = re.compile(r'"[^"]+"|(?<!\*)\*[^*\s][^*]*\*(?!\*)')
COMMENT = re.compile(r"(?:^|\s+)# .*$", re.MULTILINE)


@dataclass
class Block:
    kind: str
    line: int
    section: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(line.strip() for line in self.lines)

    @property
    def cells(self) -> list[str]:
        return self.text.strip("|").split("|") if self.kind == "row" else [self.text]

    @property
    def shape(self) -> str:
        match self.kind:
            case "heading":
                return f"heading {self.text.split()[0]}"
            case "code":
                return f"code block {self.lines[0]}"
            case "row":
                return f"table row of {len(self.cells)} cells"
        return self.kind

    @property
    def items(self) -> list[str]:
        """What no language spells otherwise, with the cell or the line of code it stands in."""
        if self.kind == "code":
            return COMMENT.sub("", "\n".join(self.lines)).splitlines()
        cells = enumerate(self.cells, 1)
        where = " in cell {}" if self.kind == "row" else ""
        return sorted(item + where.format(at) for at, cell in cells for item in _read_items(cell))


NOTHING = Block("nothing", 0, "")


def read_blocks(text: str) -> Iterator[Block]:
    block, section = None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if block and block.kind == "code":
            block.lines.append(line)
            if line == FENCE:
                yield block
                block = None
            continue
        kind = _kind_of(line)
        if block and (kind != "text" or not line.strip()):
            yield block
            block = None
        section = line if kind == "heading" else section
        if line.strip():
            block = block or Block(kind, number, section)
            block.lines.append(line)
    if block:
        yield block


def _kind_of(line: str) -> str:
    if line.startswith(FENCE):
        return "code"
    return next((kind for kind, start in KINDS.items() if start.match(line)), "text")


def read_links(text: str) -> list[str]:
    return [target for _, target in LINK.findall(SPAN.sub("", text))]


def _read_items(text: str) -> Iterator[str]:
    yield from (f"`{code}`" for _, code in SPAN.findall(text))
    yield from read_links(text)
    bare = LINK.sub("", SPAN.sub("", text))
    yield from NUMBER.findall(bare)
    yield from QUOTED.findall(bare)


def compare(one: str, other: str) -> Iterator[str]:
    """What one of two documents has alone, with its section and its line."""
    ours, theirs = list(read_blocks(one)), list(read_blocks(other))
    keys = [[(block.shape, *block.items) for block in blocks] for blocks in (ours, theirs)]
    for tag, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag != "equal":
            for mine, its in zip_longest(ours[a:b], theirs[c:d], fillvalue=NOTHING):
                yield _tell(mine, its)


def _tell(ours: Block, theirs: Block) -> str:
    here, there = ours.shape, theirs.shape
    if here == there:
        mine, its = Counter(ours.items), Counter(theirs.items)
        here, there = ", ".join((mine - its).elements()), ", ".join((its - mine).elements())
        there = there if here or there else "the same in another order"
    section = ours.section or theirs.section
    return f"{section}, line {ours.line}: {here}. In the other, line {theirs.line}: {there}."
