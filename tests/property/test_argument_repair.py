"""Any object loses exactly its unwanted members, however it was written and cut into deltas."""

import itertools
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.conversation import Tool
from proxy_core.translation.argument_repair import CallRepair, Unwanted, find_unwanted
from tests.property.strategies import garbage

NAMES = ["a", "b", "pages", "p\u00e4ges", 'q"\\', ""]
names = st.sampled_from(NAMES)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.sampled_from(["", "null"])
words = st.text(st.sampled_from('nul"\\{}[],: \u00e4\U0001f600\u2028\n'), max_size=8)
values = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
nothing = st.sampled_from([None, "", "null"])
objects = st.dictionaries(names, nothing | values, max_size=6)
TYPES = ["string", "null", "object", ["string", "null"], ["integer", "array"], "any"]
schemas = st.recursive(
    st.builds(lambda type: {"type": type}, st.sampled_from(TYPES))
    | st.sampled_from([{}, True, {"$ref": "#/a"}, {"const": None}, {"const": ""}, {"enum": [1]}])
    | st.sampled_from([{"enum": ["", None]}, {"enum": ["null"]}, {"minLength": 1}]),
    lambda inner: st.builds(
        lambda key, branches: {key: branches},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=4,
)
parameters = st.builds(
    lambda properties, required: {"properties": properties, "required": required},
    st.dictionaries(names, schemas, max_size=6),
    st.none() | st.lists(names, max_size=2),
)
tools = st.builds(Tool, st.sampled_from(["Read", "Write"]), st.just(""), parameters)


def accepts(schema: Any, value: Any) -> bool:
    """By the definition, for the schemas above."""
    match schema:
        case {"type": type}:
            return type == "any" or ("null" if value is None else "string") in (type, *type)
        case {"const": only}:
            return bool(only == value)
        case {"enum": values}:
            return value in values
        case {"minLength": _}:
            return value != ""
        case {"anyOf": branches} | {"oneOf": branches}:
            return not branches or any(accepts(branch, value) for branch in branches)
        case {"allOf": branches}:
            return all(accepts(branch, value) for branch in branches)
        case _:
            return True


def is_unwanted(tool: Tool, name: str, value: Any) -> bool:
    properties = tool.parameters["properties"]
    if name not in properties or name in (tool.parameters["required"] or ()):
        return False
    if value == "" and (tool.name, name) == ("Read", "pages"):
        return True
    return value in (None, "", "null") and not accepts(properties[name], value)


white = st.text(st.sampled_from(" \t\r\n"), max_size=2)
Member = tuple[str, str, str]  # white space, the member, white space


@st.composite
def members(draw: st.DrawFn, name: str, value: Any) -> Member:
    """As some model might write it: any white space, any escapes."""
    key, member = (json.dumps(part, ensure_ascii=draw(st.booleans())) for part in (name, value))
    return draw(white), f"{key}{draw(white)}:{draw(white)}{member}", draw(white)


def whole(members: list[Member]) -> str:
    return "{" + ",".join(map("".join, members)) + "}"


def without(members: list[Member], unwanted: list[bool]) -> str:
    """By the definition: a member goes with the comma before it, or the one after it."""
    text = "{"
    for index, (before, member, _) in enumerate(members):
        if not unwanted[index]:
            text += f"{members[index - 1][2]}," if not all(unwanted[:index]) else ""
            text += before + member
    return text + (members[-1][2] if members else "") + "}"


def run(unwanted: Unwanted, *pieces: str) -> str:
    call = CallRepair(unwanted)
    return "".join([*map(call.read, pieces), call.release()])


@st.composite
def cuts(draw: st.DrawFn, text: str) -> list[str]:
    places = draw(st.lists(st.integers(0, len(text)), max_size=8))
    return [text[a:b] for a, b in itertools.pairwise([0, *sorted(places), len(text)])]


@given(st.data(), objects, tools)
def test_an_object_loses_its_unwanted_members(
    data: st.DataObject, value: dict[str, Any], tool: Tool
) -> None:
    pieces = [data.draw(members(*member)) for member in value.items()]
    unwanted = [is_unwanted(tool, *member) for member in value.items()]
    text, found = whole(pieces), find_unwanted(tool)
    repaired = run(found, text)
    assert repaired == without(pieces, unwanted)
    kept = [member for member, gone in zip(value.items(), unwanted, strict=True) if not gone]
    assert [*json.loads(repaired).items()] == kept
    assert (repaired == text) == (len(kept) == len(value))
    assert run(found, *data.draw(cuts(text))) == run(found, *text) == repaired


# A member's beginning, as far as it may wait.
HEAD = re.compile(
    r"""\s*,?\s*("(?:[^"\\]|\\.)*(?:\\|(?P<end>")\s*(:\s*"?(n(u|ul|ull)?)?)?)?)?""", re.DOTALL
)


@given(objects, tools, st.sampled_from([None, 2]))
def test_only_the_beginning_of_a_member_waits(
    value: dict[str, Any], tool: Tool, indent: int | None
) -> None:
    kept = {name: v for name, v in value.items() if not is_unwanted(tool, name, v)}
    text, found = json.dumps(kept, indent=indent), find_unwanted(tool)
    call, passed = CallRepair(found), ""
    for index, character in enumerate(text):
        passed += call.read(character)
        waits = text[len(passed) : index + 1]
        head = HEAD.fullmatch(waits)
        assert head, waits
        if head["end"]:
            assert json.loads(waits[waits.index('"') : head.end("end")]) in found
    assert passed == text


texts = st.text(st.sampled_from('{}[]",:\\ anul1\n'), max_size=24)
fragments = st.lists(
    st.sampled_from(['"a":null', '"b":""', '"pages":""', "{", "}", ",", '"', "[", " ", "\\", "1"]),
    max_size=12,
).map("".join)
UNWANTED = {"a": ("null",), "b": ("null",), "pages": ("null", '""')}
MEMBER = re.compile(r'"(a|b|pages)"[ \n]*:[ \n]*null|"pages"[ \n]*:[ \n]*""')


@given(st.data(), texts | fragments | fragments.map(lambda text: "{" + text))
def test_garbage_loses_nothing_else(data: st.DataObject, text: str) -> None:
    repaired = run(UNWANTED, text)
    assert run(UNWANTED, *data.draw(cuts(text))) == run(UNWANTED, *text) == repaired
    if not (text.lstrip().startswith("{") and MEMBER.search(text)):
        assert repaired == text
    rest = iter(text)
    assert all(character in rest for character in repaired)  # nothing new, nothing moved
    gone = len(text) - len(repaired)
    most = sum(len(found[0]) + 1 for found in MEMBER.finditer(text))
    assert gone <= most + len(re.findall(r"[ \n]", text))


@given(garbage, st.sampled_from(["Read", "Write"]))
def test_any_schema_can_be_read(schema: Any, name: str) -> None:
    parameters = {"properties": {"pages": schema}, "required": schema}
    find_unwanted(Tool(name, "", parameters))
    find_unwanted(Tool(name, "", {"properties": schema}))
