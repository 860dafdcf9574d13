import json
from pathlib import Path

import pytest

from local.failure import Failure
from local.settings_file import FILE_NAME, add_settings, find_doubts, is_on, read_values


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
        ('{"Values": {"A": "1"\n"B"}}', "is not valid JSON: .*, line 2, column 1"),
        ('{/* a\n */ "Values": {"A": /b}}', "is not valid JSON: .*, line 2, column 21"),
        ("", "is not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "has to be a JSON object"),
        ('["secret"]', "has to be a JSON object"),
        ('{"AZURE_OPENAI_ENDPOINT": "secret"}', "AZURE_OPENAI_ENDPOINT .* stands outside of"),
        ('{"azure_openai_endpoint": "secret"}', "AZURE_OPENAI_ENDPOINT .* stands outside of"),
        ('{"IsEncrypted": false, "mine": "secret"}', 'mine in .* stands outside of "Values"'),
        ('{"Sk-123456": "secret"}', "^A name in .* stands outside of"),
        ('{"Values": {}, "BIG_MODEL": "secret"}', "BIG_MODEL in .* stands outside of"),
        ('{"Values": []}', '"Values" in local.settings.json has to be an object'),
        ('{"Values": {"A": ["secret"]}}', "A in local.settings.json has to be a text"),
        ('{"Values": {"sk-123456": {}}}', "^A name in local.settings.json has to be a text"),
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
    "text",
    [
        '{"Values": {"A": "1", /* of many, "A": "2" */ "B": "//", // the last, }\n}, }',
        '// mine\n{"values": {"A": 1, "B": "//",},}',
        '{"Values": {"A": "1", "B": "//"}, "Host": {"CORS": "*"}, "$schema": "x"}',
        '{"Values": {"A": "1", "B": "//", "C": null}, "IsEncrypted": false}',
    ],
)
def test_what_core_tools_read_is_read(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert read_values(tmp_path / FILE_NAME) == {"A": "1", "B": "//"}


@pytest.mark.parametrize(
    "text", ["{}", '{"Values": null}', '{"IsEncrypted": false}', '{"$a": "b"}']
)
def test_no_settings_are_none(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert read_values(tmp_path / FILE_NAME) == {}


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(Failure, match=r"local.settings.json cannot be read: "):
        add_settings({}, tmp_path)


def test_capitals_do_not_count_in_a_name(tmp_path: Path) -> None:
    """Else a resource is asked that another spelling was to hide."""
    write(
        tmp_path, '{"Values": {"azure_openai_endpoint": "file", "Big_Model": "file", "Mine": "1"}}'
    )
    settings = add_settings({"big_model": "environment", "Path": "x"}, tmp_path)
    assert settings == {
        "BIG_MODEL": "environment",
        "AZURE_OPENAI_ENDPOINT": "file",
        "Path": "x",
        "Mine": "1",
    }


def test_names_that_are_nobodys_are_told_once(tmp_path: Path) -> None:
    """The app itself tells those that are surely ours."""
    names = ["BIG_MODEL", "BIGMODEL", "OPENAI_API_KEY", "SMALL_MODELL_EU", "Nonsense", "sk-123456"]
    values = dict.fromkeys([*names, "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"], "1")
    write(tmp_path, json.dumps({"Values": values}))
    environ = add_settings({"AZURE_OPENAI_API_KEY": "key", "OTHERS": "1"}, tmp_path)
    assert [*find_doubts(environ, tmp_path)] == [
        "OPENAI_API_KEY in local.settings.json is no setting of this proxy: did you mean "
        "AZURE_OPENAI_API_KEY?",
        "SMALL_MODELL_EU in local.settings.json is no setting of this proxy: did you mean "
        "SMALL_MODEL?",
        "Nonsense in local.settings.json is no setting of this proxy.",
        "A name in local.settings.json is no setting of this proxy.",
    ]


@pytest.mark.parametrize(
    ("value", "on"),
    [
        *(("true", True), ("TRUE", True), ("on", True), (" Yes ", True), ("1", True)),
        *(("false", False), ("Off", False), ("no", False), ("0", False), (" ", None)),
    ],
)
def test_a_switch(value: str, on: bool | None) -> None:
    assert is_on({"SWITCH": value}, "SWITCH") is on


def test_a_switch_is_true_or_false() -> None:
    with pytest.raises(Failure, match="SWITCH is 'maybe'; it can be true or false"):
        is_on({"SWITCH": "maybe"}, "SWITCH")


def write(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
