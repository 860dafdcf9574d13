"""Bicep -> what a test can ask of it.

pycep parses, and knows neither types nor names; so names are checked here, and properties nowhere.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
FILES = sorted(file.name for file in INFRA.glob("*.bicep"))

KEYWORDS = "param var resource module output existing if for in true false null targetScope"
TYPES = {"string", "int", "bool", "object", "array"}
WORDS = {*KEYWORDS.split(), *TYPES}
DECLARATION = re.compile(r"^ *(?:param|var|resource|module) (\w+)", re.MULTILINE)
LOOP = re.compile(r"\bfor (\w+) in\b")
PIECE = re.compile(r"//[^\n]*|'(?:\\.|[^'\\\n])*'|@[\w.]+")
HOLE = re.compile(r"\$\{([^{}]*)\}")
KEY = re.compile(r"(^|[{,])\s*\w+:", re.MULTILINE)
NAME = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?!\w|\()")


@cache
def read(file: str) -> dict[str, Any]:
    """The parsed file, with paths such as `identity.properties.clientId` as one text."""
    pycep = pytest.importorskip("pycep", reason="needs pycep-parser (requirements-dev.txt)")
    tree: dict[str, Any] = plain(pycep.BicepParser().parse(text=text(file)))
    return tree


def text(file: str) -> str:
    return (INFRA / file).read_text(encoding="utf-8")


def plain(tree: Any) -> Any:
    match tree:
        case {"operator": {"type": "property_accessor", "operands": operands}}:
            return ".".join(str(plain(operand)) for operand in operands.values())
        case {"operator": {"type": "index_accessor", "operands": operands}}:
            return {name: plain(operand) for name, operand in operands.items()}
        case dict():
            return {str(name).strip("'"): plain(value) for name, value in tree.items()}
        case list():
            return [plain(item) for item in tree]
        case _:
            return tree


def declared(file: str) -> list[str]:
    source = text(file)
    return DECLARATION.findall(source) + LOOP.findall(source)


def used(file: str) -> list[str]:
    """Every name that is not a property, a type, a function or inside a text."""
    bare = PIECE.sub(lambda piece: " ".join(HOLE.findall(piece[0])), text(file))
    return [name for name in NAME.findall(KEY.sub(r"\1", bare)) if name not in WORDS]
