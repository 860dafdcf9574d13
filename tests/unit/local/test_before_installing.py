"""What dev.py imports runs under Python 3.8, with nothing installed, to say what is missing."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OURS = {"local", "proxy_core"}
# Generic only from 3.9 on, when they are subscripted while a program runs.
CONTAINERS = {"dict", "frozenset", "list", "set", "tuple", "type"}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            yield node.module


def reached(file: Path, seen: set[Path]) -> set[Path]:
    """The file, and all of ours that it imports, however indirectly."""
    if file not in seen:
        seen.add(file)
        for name in imports(ast.parse(file.read_bytes())):
            if name.partition(".")[0] in OURS:
                module = ROOT.joinpath(*name.split("."))
                is_package = module.is_dir()
                reached(module / "__init__.py" if is_package else module.with_suffix(".py"), seen)
    return seen


FILES = sorted(reached(ROOT / "dev.py", set()))
every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def test_the_search_finds_them() -> None:
    assert {"commands.py", "start.py", "file_lock.py", "settings_file.py"} <= {
        file.name for file in FILES
    }


@every_file
def test_the_grammar_is_that_of_3_8(file: Path) -> None:
    ast.parse(file.read_bytes(), feature_version=(3, 8))


@every_file
def test_only_the_standard_library_is_imported(file: Path) -> None:
    names = {name.partition(".")[0] for name in imports(ast.parse(file.read_bytes()))}
    assert names <= {*sys.stdlib_module_names, *OURS}
    assert "tomllib" not in names  # 3.11's


@every_file
def test_types_are_only_written_where_they_are_not_evaluated(file: Path) -> None:
    tree = ast.parse(file.read_bytes())
    assert list(evaluated_generics(tree, abstract(tree))) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("a: list[str] = []", []),
        ("def f(a: Callable[[], None]) -> dict[str, str]: ...", []),
        ("A = list[str]", ["list"]),
        ("A = Callable[[], int]", ["Callable"]),
        ("class A(dict[str, int]): ...", ["dict"]),
        ("a = [b[0] for b in c]", []),
    ],
)
def test_what_counts_as_evaluated(code: str, found: list[str]) -> None:
    assert list(evaluated_generics(ast.parse(code), {"Callable"})) == found


def abstract(tree: ast.AST) -> set[str]:
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "collections.abc"
        for alias in node.names
    }


def evaluated_generics(node: ast.AST, generic: set[str]) -> Iterator[str]:
    match node:
        case ast.Subscript(value=ast.Name(id=name)) if name in CONTAINERS | generic:
            yield name
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from evaluated_generics(child, generic)
