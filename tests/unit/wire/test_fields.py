"""Typed access to JSON fields: the value, or an error that names the field's path."""

import re
from typing import Any

import pytest

from proxy_core.conversation import Image, Text
from proxy_core.errors import BadRequest
from proxy_core.wire import fields


@pytest.mark.parametrize(
    ("value", "type"),
    [("", str), (0, int), (1, float), (0.5, float), (False, bool), ({}, dict), ([], list)],
)
def test_a_value_of_its_type_passes(value: Any, type: Any) -> None:
    assert fields.required({"x": value}, "x", type) == value
    assert fields.optional({"x": value}, "x", type) == value


@pytest.mark.parametrize(
    ("value", "type", "word"),
    [
        (1, str, "string"),
        (1.5, int, "integer"),
        (True, int, "integer"),
        ("1", float, "number"),
        (True, float, "number"),
        (1, bool, "boolean"),
        ([], dict, "object"),
        ({}, list, "array"),
    ],
)
def test_a_wrong_type_is_named_with_its_path(value: Any, type: Any, word: str) -> None:
    for read in (fields.required, fields.optional):
        with pytest.raises(BadRequest, match=rf"^a\.0\.x: Input should be a valid {word}$"):
            read({"x": value}, "x", type, "a.0")


@pytest.mark.parametrize("absent", [{}, {"x": None}])
def test_null_is_the_same_as_absent(absent: dict[str, Any]) -> None:
    assert fields.optional(absent, "x", str) is None
    assert list(fields.members(absent, "x")) == []
    with pytest.raises(BadRequest, match=r"^x: Field required$"):
        fields.required(absent, "x", str)


def test_members_come_with_their_paths() -> None:
    listed = {"x": [{"a": 1}, {}]}
    assert list(fields.members(listed, "x")) == [("x.0", {"a": 1}), ("x.1", {})]
    assert list(fields.members(listed, "x", "y")) == [("y.x.0", {"a": 1}), ("y.x.1", {})]
    with pytest.raises(BadRequest, match=r"^x\.1: Input should be a valid object$"):
        list(fields.members({"x": [{}, "text"]}, "x"))


def test_a_text_of_at_most_so_many_characters() -> None:
    assert fields.at_most(3, "abc", "x") == "abc"
    with pytest.raises(BadRequest, match=r"^x: String should have at most 3 characters$"):
        fields.at_most(3, "abcd", "x")


def test_parts_that_may_be_nothing_but_text() -> None:
    assert [*fields.only_texts([Text("a"), Text("b")], "x")] == [Text("a"), Text("b")]
    with pytest.raises(BadRequest, match=r"^x: only a user or a tool can send images and files$"):
        list(fields.only_texts([Text("a"), Image("https://x/a.png")], "x"))


def test_a_number_up_to_a_most() -> None:
    assert [fields.up_to({"x": value}, "x", 2) for value in (None, 0, 0.5, 2)] == [None, 0, 0.5, 2]
    for value in (-0.1, 2.1, 10**400):
        with pytest.raises(BadRequest, match=r"^x: Input should be between 0 and 2$"):
            fields.up_to({"x": value}, "x", 2)


@pytest.mark.parametrize(
    "texts", [None, [], ["a", "bc"], ["abcd"], ["", "", "", ""], ["a", "", "bc"]]
)
def test_texts_that_are_short_together(texts: list[str] | None) -> None:
    assert list(fields.texts({"x": texts}, "x", 4)) == (texts or [])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["abcde"], "x: All together should have at most 4 characters"),
        (["ab", "cde"], "x: All together should have at most 4 characters"),
        ([""] * 5, "x: All together should have at most 4 characters"),  # each costs something
        (["a", 1], "x.1: Input should be a valid string"),
        ("abc", "x: Input should be a valid array"),
    ],
)
def test_texts_that_are_not(texts: Any, message: str) -> None:
    with pytest.raises(BadRequest, match=f"^{re.escape(message)}$"):
        list(fields.texts({"x": texts}, "x", 4))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        ("tool", "'tool'"),
        ("", "''"),
        ("it's", '"it\'s"'),
        ("x" * 64, f"'{'x' * 64}'"),
        ("x" * 65, f"'{'x' * 64}…'"),
        ("x" * 1_000_000, f"'{'x' * 64}…'"),
        ("a\nb", "'a\\nb'"),
        (7, "<integer>"),
        (True, "<boolean>"),
        ({"secret": 1}, "<object>"),
        (["secret"], "<array>"),
    ],
)
def test_what_a_client_wrote_is_repeated_within_bounds(value: Any, shown: str) -> None:
    assert fields.quoted(value) == shown


def test_an_unexpected_tag_is_told_in_words_that_clients_know() -> None:
    error = fields.unexpected_tag("advisor_20260301", ["custom", "bash_20250124"], "tools.3")
    assert error.status == 400
    assert error.message == (
        "tools.3: Input tag 'advisor_20260301' found using 'type' does not match any of the "
        "expected tags: 'bash_20250124', 'custom'"
    )
