import json
from pathlib import Path

import pytest

from local.failure import Failure
from local.settings_file import FILE_NAME, add_settings, is_on, read_values


@pytest.mark.parametrize(
    ("environ", "value", "result"),
    [
        ({}, "file", "file"),
        ({"NAME": "environment"}, "file", "environment"),
        ({"NAME": ""}, "file", "file"),
        ({"NAME": "  "}, "file", "file"),
        ({"NAME": "environment"}, "", "environment"),
        ({}, 7071, "7071"),
        ({}, True, "true"),
        ({}, " ", None),
        ({}, None, None),
    ],
)
def test_the_environment_wins_and_blank_is_not_set(
    tmp_path: Path, environ: dict[str, str], value: object, result: str | None
) -> None:
    write(tmp_path, json.dumps({"IsEncrypted": False, "Values": {"NAME": value}}))
    assert add_settings(environ, tmp_path).get("NAME") == result


def test_without_a_file_the_environment_is_all(tmp_path: Path) -> None:
    assert add_settings({"A": "1"}, tmp_path) == {"A": "1"}


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_text('{"Values": {"A": "1"}}', encoding="utf-8-sig")
    assert read_values(file) == {"A": "1"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"Values": {"A": "1",\n}}', "is not valid JSON: .*, line [12], column"),
        ("", "is not valid JSON"),
        ("[]", "has to be a JSON object"),
        ('{"Values": []}', '"Values" in local.settings.json has to be an object'),
        ('{"Values": {"A": ["secret"]}}', "A in local.settings.json has to be a text"),
        ('{"IsEncrypted": true, "Values": {}}', "is encrypted"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(Failure, match=sentence) as raised:
        add_settings({}, tmp_path)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "on"), [("true", True), ("TRUE", True), ("false", False), (" ", None)]
)
def test_a_switch(value: str, on: bool | None) -> None:
    assert is_on({"SWITCH": value}, "SWITCH") is on


def test_a_switch_is_true_or_false() -> None:
    with pytest.raises(Failure, match='SWITCH is "maybe"'):
        is_on({"SWITCH": "maybe"}, "SWITCH")


def write(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
