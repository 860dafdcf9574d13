"""The tools that Anthropic defines and the client runs -> functions that say the same.

https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/bash-tool
https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/text-editor-tool
https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/computer-use-tool
https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/memory-tool

Their declarations carry no schema: Claude has learned them. GPT has not, so they are written out
here. A version that is newer than those known is taken for the newest.
"""

import re
from typing import Any

from proxy_core.conversation import JsonSchema, Tool
from proxy_core.wire import fields

# What the newest versions are called, for whoever must be told what is taken.
TYPES = ("bash_20250124", "computer_20251124", "memory_20250818", "text_editor_20250728")

_TYPE = re.compile(r"(bash|computer|memory|text_editor)_(\d{8})")


def is_client_tool(tool: dict[str, Any]) -> bool:
    return _TYPE.fullmatch(str(tool.get("type"))) is not None


def read_client_tool(tool: dict[str, Any], path: str) -> Tool:
    kind, version = str(tool["type"]).rsplit("_", 1)
    match kind:
        case "bash":
            name, description, parameters = "bash", BASH, _BASH
        case "memory":
            name, description, parameters = "memory", MEMORY, _MEMORY
        case "computer":
            name, description = "computer", _describe_computer(tool, path)
            parameters = _computer(version, can_zoom=bool(tool.get("enable_zoom")))
        case _:
            name = "str_replace_based_edit_tool" if version >= "20250429" else "str_replace_editor"
            description = _describe_editor(tool, version, path)
            parameters = _editor(version)
    return Tool(fields.optional(tool, "name", str, path) or name, description, parameters)


def _schema(required: tuple[str, ...], **properties: JsonSchema) -> JsonSchema:
    return {"type": "object", "properties": properties, "required": [*required]}


def _text(description: str) -> JsonSchema:
    return {"type": "string", "description": description}


def _choice(description: str, *values: str) -> JsonSchema:
    return {"type": "string", "enum": [*values], "description": description}


def _numbers(count: int, description: str) -> JsonSchema:
    size = {"minItems": count, "maxItems": count}
    return {"type": "array", "items": {"type": "integer"}, **size, "description": description}


BASH = (
    "Runs a command in a bash session on the user's machine and returns its output. The session "
    "lasts: directories, variables and background jobs are still there for the next command."
)
_BASH = _schema(
    (),
    command=_text("The command to run. Required unless the tool is restarted."),
    restart={"type": "boolean", "description": "true starts a new session instead of a command."},
)

_RANGE = _numbers(
    2, "For view: the first and the last line to show, counted from 1; -1 is the end of the file."
)
_PATH = _text("The absolute path of a file or a directory.")
_FILE_TEXT = _text("For create: the whole content of the file.")
_OLD_TEXT = _text("For str_replace: the text to replace, exactly as it stands there, once.")
_INSERT_LINE = {
    "type": "integer",
    "description": "For insert: the line behind which the text goes; 0 is the beginning.",
}
_INSERT_TEXT = _text("For insert: the text to insert.")

EDITOR = (
    "Views, creates and edits text files on the user's machine. view shows a file with line "
    "numbers, or lists a directory; create writes a new file; str_replace replaces a text that "
    "stands in a file exactly once; insert puts text behind a line."
)
UNDO = " undo_edit takes back the last edit of a file."


def _describe_editor(tool: dict[str, Any], version: str, path: str) -> str:
    text = EDITOR if version >= "20250429" else EDITOR + UNDO
    most = fields.optional(tool, "max_characters", int, path)
    return text if most is None else f"{text} view shows at most {most} characters of a file."


def _editor(version: str) -> JsonSchema:
    commands = ["view", "create", "str_replace", "insert"]
    if version < "20250429":
        commands.append("undo_edit")
    if version < "20250728":
        inserted = {"new_str": _text("For str_replace and insert: the new text.")}
    else:
        inserted = {
            "new_str": _text("For str_replace: the new text; without it the old one is deleted."),
            "insert_text": _INSERT_TEXT,
        }
    return _schema(
        ("command", "path"),
        command=_choice("What to do.", *commands),
        path=_PATH,
        file_text=_FILE_TEXT,
        old_str=_OLD_TEXT,
        insert_line=_INSERT_LINE,
        view_range=_RANGE,
        **inserted,
    )


MEMORY = (
    "Keeps notes in files below /memories, which last from one conversation to the next. Look at "
    "/memories before other work, for it may hold what was done earlier, and note there what will "
    "matter later. view shows a file or lists a directory; create writes a file; str_replace and "
    "insert edit one; delete and rename take files and directories."
)
_MEMORY = _schema(
    ("command",),
    command=_choice("What to do.", "view", "create", "str_replace", "insert", "delete", "rename"),
    path=_text("For all but rename: the path of a file or a directory, below /memories."),
    view_range=_RANGE,
    file_text=_FILE_TEXT,
    old_str=_OLD_TEXT,
    new_str=_text("For str_replace: the new text."),
    insert_line=_INSERT_LINE,
    insert_text=_INSERT_TEXT,
    old_path=_text("For rename: the path as it is."),
    new_path=_text("For rename: the path as it shall be."),
)

_ACTIONS = (
    "key", "type", "mouse_move", "left_click", "left_click_drag", "right_click", "middle_click",
    "double_click", "screenshot", "cursor_position",
)  # fmt: skip
_ACTIONS_2025 = (
    "left_mouse_down", "left_mouse_up", "triple_click", "scroll", "hold_key", "wait",
)  # fmt: skip


def _describe_computer(tool: dict[str, Any], path: str) -> str:
    width = fields.required(tool, "display_width_px", int, path)
    height = fields.required(tool, "display_height_px", int, path)
    number = fields.optional(tool, "display_number", int, path)
    display = "" if number is None else f" Its X11 display number is {number}."
    return (
        "Looks at the user's screen, and moves its mouse and keyboard. Take a screenshot to see "
        f"what an action has led to. The screen is {width} pixels wide and {height} high; "
        f"coordinates are counted from its upper left corner.{display}"
    )


def _computer(version: str, *, can_zoom: bool) -> JsonSchema:
    actions, more = [*_ACTIONS], {}
    if version >= "20250124":
        actions += _ACTIONS_2025
        more = {
            "start_coordinate": _numbers(2, "For left_click_drag: [x, y] where the drag begins."),
            "scroll_direction": _choice("For scroll.", "up", "down", "left", "right"),
            "scroll_amount": {"type": "integer", "description": "For scroll: clicks of the wheel."},
            "duration": {"type": "number", "description": "For hold_key and wait: seconds."},
        }
    if version >= "20251124" and can_zoom:
        actions.append("zoom")
        more["region"] = _numbers(
            4, "For zoom: [x1, y1, x2, y2], two opposite corners of what to see at full resolution."
        )
    return _schema(
        ("action",),
        action=_choice("What to do.", *actions),
        coordinate=_numbers(2, "[x, y] of where to move, click, scroll, or end a drag."),
        text=_text(
            "For type: the text. For key and hold_key: a key or several, as xdotool names them, "
            "such as Return or ctrl+s. For clicks and scroll: keys to hold meanwhile."
        ),
        **more,
    )
