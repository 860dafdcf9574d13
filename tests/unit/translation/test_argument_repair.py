"""Arguments that a tool refuses and can do without are left out, and nothing else changes."""

import itertools
from typing import Any

import pytest

from proxy_core.conversation import (
    AnyTool,
    CustomTool,
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    Tool,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.translation.argument_repair import (
    ArgumentRepair,
    CallRepair,
    Unwanted,
    find_unwanted,
)

# --- by the tool's schema ---------------------------------------------------


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"anyOf": [schema]}
    return schema


REFUSE_NULL: list[Any] = [
    {"type": "string"},
    {"type": "string", "default": None},
    {"type": "string", "nullable": False},
    {"type": ["string", "integer"]},
    {"enum": ["a", "b"]},
    {"const": "a"},
    {"anyOf": [{"type": "string"}, {"const": 1}]},
    {"oneOf": [{"enum": [1]}, {"type": "array", "items": {"type": "null"}}]},
    {"description": "Pages.", "type": "object", "properties": {"a": {"type": "null"}}},
    {"type": ["string", "null"], "enum": ["a"]},  # every keyword must accept it
    {"allOf": [{}, {"type": "string"}]},
    nested(7),
]
MAY_ACCEPT_NULL: list[Any] = [
    {},
    {"type": "null"},
    {"type": ["string", "null"]},
    {"type": []},
    {"type": "any"},  # no type of JSON's
    {"type": ["string", "any"]},
    {"type": ["string", {}]},
    {"type": 1},
    {"type": "string", "nullable": True},
    {"enum": ["a", None]},
    {"enum": "a"},
    {"const": None},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/a"}]},
    {"anyOf": []},
    {"oneOf": [{"type": "string"}, {}]},
    {"oneOf": {"type": "string"}},
    {"allOf": [{}, {"type": ["string", "null"]}]},
    {"$ref": "#/$defs/a"},
    {"$ref": "#/$defs/a", "type": "string"},  # draft 7 ignores what stands beside it
    {"not": {"type": "null"}},
    True,
    False,
    None,
    "string",
    nested(8),
]


def tool(parameters: dict[str, Any], name: str = "Grep") -> Tool:
    return Tool(name, "", parameters)


REFUSE_EMPTY: list[Any] = [
    {"type": "string", "enum": ["sonnet", "opus", "haiku"]},
    {"enum": ["worktree", None]},
    {"const": "a"},
    {"type": "integer"},
    {"type": ["boolean", "null"]},
    {"type": "string", "nullable": True, "enum": ["a"]},
    {"type": "string", "minLength": 5},
    {"anyOf": [{"type": "object"}, {"enum": ["a"]}]},
    {"allOf": [{"type": "string"}, {"enum": ["a"]}]},
]
MAY_ACCEPT_EMPTY: list[Any] = [
    {},
    {"type": "string"},
    {"type": ["integer", "string"]},
    {"type": "string", "description": "Pages.", "minLength": 0},
    {"type": "string", "minLength": "1"},
    {"enum": ["", "null", "a"]},
    {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    {"allOf": [{"type": "string"}]},
    {"$ref": "#/$defs/a", "enum": ["a"]},
]


def unwanted_of(schema: Any, **fields: Any) -> tuple[str, ...]:
    return find_unwanted(tool({"properties": {"a": schema}, **fields})).get("a", ())


@pytest.mark.parametrize("schema", REFUSE_NULL, ids=str)
def test_null_is_unwanted_where_the_schema_refuses_it(schema: Any) -> None:
    assert "null" in unwanted_of(schema)
    assert unwanted_of(schema, required=["a"]) == ()


@pytest.mark.parametrize("schema", MAY_ACCEPT_NULL, ids=str)
def test_null_stays_where_the_schema_may_accept_it(schema: Any) -> None:
    assert "null" not in unwanted_of(schema)


@pytest.mark.parametrize("schema", REFUSE_EMPTY, ids=str)
def test_an_empty_word_is_unwanted_where_the_schema_refuses_it(schema: Any) -> None:
    assert unwanted_of(schema)[-2:] == ('""', '"null"')
    assert unwanted_of(schema, required=["a"]) == ()


@pytest.mark.parametrize("schema", MAY_ACCEPT_EMPTY, ids=str)
def test_an_empty_word_stays_where_the_schema_may_accept_it(schema: Any) -> None:
    assert {'""', '"null"'}.isdisjoint(unwanted_of(schema))


DEFS = {
    "Kind": {"enum": ["a", "b"]},
    "Name": {"type": "string"},
    "There": {"$ref": "#/$defs/Kind"},
    "Ring": {"$ref": "#/$defs/Ring"},
}


@pytest.mark.parametrize(
    ("schema", "unwanted"),
    [
        ({"$ref": "#/$defs/Kind"}, ("null", '""', '"null"')),
        ({"$ref": "#/$defs/There"}, ("null", '""', '"null"')),
        ({"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]}, ('""', '"null"')),
        ({"allOf": [{"$ref": "#/$defs/Kind"}]}, ("null", '""', '"null"')),
        ({"$ref": "#/$defs/Name"}, ("null",)),
        ({"$ref": "#/$defs/Ring"}, ()),
        ({"$ref": "#/$defs/Gone"}, ()),
        ({"$ref": 5}, ()),
    ],
)
def test_a_reference_counts_as_what_it_points_to(schema: Any, unwanted: tuple[str, ...]) -> None:
    parameters = {"properties": {"a": schema}, "$defs": DEFS}
    assert find_unwanted(tool(parameters)).get("a", ()) == unwanted


def test_only_what_is_too_short_is_refused_for_its_length() -> None:
    assert unwanted_of({"type": "string", "minLength": 1}) == ("null", '""')


STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("parameters", "unwanted"),
    [
        ({}, []),
        ({"properties": None}, []),
        ({"properties": ["a"]}, []),
        ({"$ref": "#/$defs/a"}, []),
        ({"properties": {"a": STRING, "b": STRING}}, ["a", "b"]),
        ({"properties": {"a": STRING, "b": STRING}, "required": ["a", 1, {}]}, ["b"]),
        ({"properties": {"a": STRING}, "required": []}, ["a"]),
        ({"properties": {"a": STRING}, "required": None}, ["a"]),
        ({"properties": {"a": STRING}, "required": True}, []),
        ({"properties": {"a": STRING}, "required": "a"}, []),
    ],
)
def test_only_what_is_optional_can_go(parameters: dict[str, Any], unwanted: list[str]) -> None:
    assert sorted(find_unwanted(tool(parameters))) == unwanted


@pytest.mark.parametrize(
    ("name", "parameters", "unwanted"),
    [
        ("Read", {"properties": {"pages": STRING}}, {"pages": ("null", '""')}),
        ("Read", {"properties": {"pages": {}}}, {"pages": ('""',)}),
        ("Read", {"properties": {"pages": STRING}, "required": ["pages"]}, {}),
        ("Read", {"properties": {"content": {}}}, {}),
        ("Write", {"properties": {"pages": {}}}, {}),
        ("Write", {"properties": {"content": STRING}}, {"content": ("null",)}),
    ],
)
def test_what_is_refused_when_empty(
    name: str, parameters: dict[str, Any], unwanted: dict[str, Any]
) -> None:
    assert find_unwanted(tool(parameters, name)) == unwanted


# --- in the text ------------------------------------------------------------

UNWANTED: Unwanted = {
    "a": ("null",),
    "b": ("null",),
    "pages": ("null", '""'),
    "model": ("null", '""', '"null"'),
    "\u00e4": ("null",),
}

REPAIRED = [
    ('{"a":null}', "{}"),
    ('{"a":null,"x":1}', '{"x":1}'),
    ('{"x":1,"a":null}', '{"x":1}'),
    ('{"x":1,"a":null,"y":2}', '{"x":1,"y":2}'),
    ('{"a":null,"b":null,"x":1}', '{"x":1}'),
    ('{"a":null,"x":1,"b":null}', '{"x":1}'),
    ('{"x":1,"a":null,"b":null}', '{"x":1}'),
    ('{"a":null,"b":null}', "{}"),
    ('{"x":"","pages":""}', '{"x":""}'),
    ('{"pages":null,"x":null}', '{"x":null}'),
    ('{"x":"p","model":"","pages":""}', '{"x":"p"}'),
    ('{"model":"null","x":1}', '{"x":1}'),
    ('{"a":1,"a":null}', '{"a":1}'),
    # white space goes with what it stands before
    ('{ "a" : null }', "{ }"),
    ('{ "a" : null , "x" : 1 }', '{ "x" : 1 }'),
    (' {\n\t"a": null,\r\n\t"x": 1\n}\n', ' {\r\n\t"x": 1\n}\n'),
    ('{\n  "x": 1,\n  "a": null\n}', '{\n  "x": 1\n}'),
    ('{"x":1 ,\n"a":null}', '{"x":1}'),
    # names are compared as JSON means them
    ('{"\\u0061":null}', "{}"),
    ('{"p\\u0061ges":""}', "{}"),
    ('{"\u00e4":null,"\\u00e4":null}', "{}"),
    # every kind of value before it
    ('{"x":"\\"}, \\\\","a":null}', '{"x":"\\"}, \\\\"}'),
    ('{"x":[{"y":["]","\\"}"]}],"a":null}', '{"x":[{"y":["]","\\"}"]}]}'),
    ('{"x":-1.5e+3,"a":null}', '{"x":-1.5e+3}'),
    ('{"x":true,"a":null,"y":false}', '{"x":true,"y":false}'),
    # broken, but what is to go is whole
    ('{"a":null,"x":1', '{"x":1'),
    ('{"a":null,"x', '{"x'),
    ('{"a":null,', "{"),
    ('{"a":null,}', "{}"),
    ('{"a":null ', "{ "),
    ('{"x":1,"pages":""', '{"x":1'),
    ('{"pages":""x', "{x"),
    ('{"a":null}{"a":null}', '{}{"a":null}'),
]

UNCHANGED = [
    "",
    "{}",
    " { } ",
    '{"x":null,"y":""}',
    '{"a":1}',
    '{"a":""}',
    '{"a":"null"}',
    '{"a":"\\u0000"}',
    '{"a":{"a":null}}',
    '{"x":{"a":null,"pages":""}}',
    '{"x":[{"a":null}],"y":{"b":null}}',
    '{"a":[null]}',
    '{"pages":"1-3"}',
    '{"pages":"null"}',
    '{"model":"nullify"}',
    '{"model":"nul"}',
    '{"model":"Null"}',
    '{"pages":" "}',
    '{"pages":"\\""}',
    '{"pages":0}',
    '{"A":null}',
    '{"a ":null}',
    '{"x" : 1.0 , "y":"\\u00e4\\/", "z" : [ ] }',
    # no object
    "null",
    '""',
    "[null]",
    '[{"a":null}]',
    "free text",
    "\u00a0{}",
    # broken, or broken off
    "{",
    '{"',
    '{"a',
    '{"a\\',
    '{"a"',
    '{"a":',
    '{"a":nul',
    '{"a":null',  # no one knows what would have followed
    '{"x":1,"a":null',
    '{"x":1,"pages":"',
    '{"x":1,',
    '{"x":"\\',
    '{"x":[1,"\\',
    '{"a":nullx}',
    '{"a":NULL}',
    '{"a":None}',
    '{"a" null}',
    "{a:null}",
    '{,"a":null}',
    '{"x":1,,"a":null}',
    '{"x":,"a":null}',
    '{"x":1;"a":null}',
    '{"x":"1" "a":null}',
    '{"\n":null}',  # JSON allows no such name
    '{"\\x":null}',
    '{"\\u00":null}',
    "{'a':null}",
    '{"x":]}',
]


def run(unwanted: Any, *pieces: str) -> str:
    call = CallRepair(unwanted)
    return "".join([*map(call.read, pieces), call.release()])


@pytest.mark.parametrize(("text", "repaired"), [*REPAIRED, *((text, text) for text in UNCHANGED)])
def test_a_text(text: str, repaired: str) -> None:
    """Whole, character by character, and cut at any two places."""
    assert run(UNWANTED, text) == repaired
    assert run(UNWANTED, *text) == repaired
    for a, b in itertools.combinations(range(len(text) + 1), 2):
        assert run(UNWANTED, text[:a], text[a:b], text[b:]) == repaired


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("{", "{"),
        ('{"x', "{"),
        ('{"x"', '{"x"'),  # no such name among those that may have to go
        ('{"x":"ab', '{"x":"ab'),
        ('{"x":[{"a":nul', '{"x":[{"a":nul'),
        ('{"a"', "{"),
        ('{"a":nu', "{"),
        ('{"a":1', '{"a":1'),
        ('{"a":nut', '{"a":nut'),
        ('{"pages":"', "{"),
        ('{"model":"nul', "{"),
        ('{"model":"nus', '{"model":"nus'),
        ('{"pages":"1', '{"pages":"1'),
        ('{"x":1, ', '{"x":1'),
        ('{"x":1, "a": null', '{"x":1'),
        ('{"x":1, "a": null ', '{"x":1'),
        ('{"x":1, "a": null }', '{"x":1 }'),
        ('{"a', "{"),
        ("[nu", "[nu"),
        ('{"x":1} ', '{"x":1} '),
    ],
)
def test_only_the_beginning_of_a_member_waits(text: str, passed: str) -> None:
    call = CallRepair(UNWANTED)
    assert "".join(map(call.read, text)) == passed
    assert CallRepair(UNWANTED).read(text) == passed


# --- in a reply -------------------------------------------------------------

END = ReplyFinished("tool_calls")
PARAMETERS = {"properties": {"file_path": STRING, "pages": STRING}, "required": ["file_path"]}
READ = tool(PARAMETERS, "Read")
BASH = tool({"properties": {"command": STRING}, "required": ["command"]}, "Bash")
TOOLS: list[AnyTool] = [READ, BASH, CustomTool("apply_patch", "", None)]


def reply(*events: ReplyEvent) -> list[ReplyEvent]:
    repair = ArgumentRepair(TOOLS)
    return [passed for event in events for passed in repair.read(event)]


def test_calls_are_repaired_one_by_one() -> None:
    read = ToolCallStarted("1", "Read")
    assert reply(
        read,
        ToolCallDelta('{"file_path":'),
        ToolCallDelta('"a",'),
        ToolCallDelta('"pages":""'),
        ToolCallDelta("}"),
        read,
        ToolCallDelta('{"pages":"2"}'),
        END,
    ) == [
        read,
        ToolCallDelta('{"file_path":'),
        ToolCallDelta('"a"'),
        ToolCallDelta("}"),
        read,
        ToolCallDelta('{"pages":"2"}'),
        END,
    ]


@pytest.mark.parametrize("name", ["Bash", "apply_patch", "unknown"])
def test_other_calls_pass_as_they_are(name: str) -> None:
    events: list[ReplyEvent] = [
        TextDelta('{"pages":""}'),
        ToolCallStarted("1", name),
        ToolCallDelta('{"pag'),  # does not wait
        ToolCallDelta('es":"","command":null'),
        END,
    ]
    passed = reply(ToolCallDelta('{"pages":""'), *events)[1:]
    assert all(a is b for a, b in zip(passed, events, strict=True))


def test_the_event_itself_passes_where_nothing_goes() -> None:
    delta = ToolCallDelta('{"file_path":"a"}')
    assert reply(ToolCallStarted("1", "Read"), delta)[1] is delta


def test_empty_arguments_stay_empty() -> None:
    events: list[ReplyEvent] = [ToolCallStarted("1", "Read"), ToolCallDelta(""), END]
    assert reply(*events) == events


def test_the_call_of_an_agent_without_a_model() -> None:
    names = {"model": {"enum": ["sonnet", "opus"]}, "isolation": {"enum": ["worktree"]}}
    agent = tool({"properties": {"prompt": STRING, **names}, "required": ["prompt"]}, "Agent")
    repair = ArgumentRepair([agent])
    written = ['{"prompt":"","model"', ':"', '","isol', 'ation":"', '"}']
    events = [ToolCallStarted("1", "Agent"), *map(ToolCallDelta, written), END]
    passed = [passed for event in events for passed in repair.read(event)]
    said = "".join(event.arguments for event in passed if isinstance(event, ToolCallDelta))
    assert said == '{"prompt":""}'


@pytest.mark.parametrize("next", [END, ToolCallStarted("2", "Bash"), TextDelta("Hi.")])
def test_a_call_that_breaks_off_loses_nothing(next: ReplyEvent) -> None:
    started = ToolCallStarted("1", "Read")
    assert reply(started, ToolCallDelta('{"file_path":"a","pages":"'), next) == [
        started,
        ToolCallDelta('{"file_path":"a"'),
        ToolCallDelta(',"pages":"'),
        next,
    ]


def test_what_has_passed_on_is_no_longer_dropped() -> None:
    """No API interrupts a call; should one, the arguments stay sound."""
    pieces = ['{"pages":"",', '"pag', 'es":"","pages":nul', 'l,"x":1, "pages":null ', "}"]
    events: list[ReplyEvent] = [ToolCallStarted("1", "Read")]
    for piece in pieces:
        events += [ToolCallDelta(piece), TextDelta("")]
    passed = [event.arguments for event in reply(*events) if isinstance(event, ToolCallDelta)]
    assert "".join(passed) == '{"pages":"","pages":null,"x":1 }'
