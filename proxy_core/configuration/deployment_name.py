"""Names of deployments that are none, and those that are hardly meant.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/create-resource

The first row that fits is told, behind the name of the setting.
"""

import re
from collections.abc import Callable

from proxy_core.configuration.endpoint import is_url
from proxy_core.configuration.placeholders import is_placeholder
from proxy_core.configuration.quoting import is_key
from proxy_core.deployments.address import LONGEST_NAME, is_name, stays_in_place
from proxy_core.deployments.models import EFFORTS

# in the names of Claude models, whoever sells them: `us.anthropic.claude-opus-4-v1:0`
CLAUDE_NAMES = ("claude", "sonnet", "opus")
MEANING = "it must be the name that you gave a deployment, such as gpt-5.4"

_ON_AZURE = re.compile(r"[\w.-]+", re.ASCII)
_CURSOR_ID = re.compile(rf"gpt-(?:{'|'.join(EFFORTS)})", re.IGNORECASE)


def find_mistake(name: str, *, on_azure: bool) -> str:
    rows = (*MISTAKES, *AZURE_MISTAKES) if on_azure else MISTAKES
    return next((phrase for is_so, phrase in rows if is_so(name)), "")


def find_doubt(name: str, *, on_azure: bool) -> str:
    if _CURSOR_ID.fullmatch(name):
        return "a model id for Cursor's settings"
    is_claude = any(word in name.lower() for word in (*CLAUDE_NAMES, "haiku"))
    return "the name of a Claude model" if on_azure and is_claude else ""


Row = tuple[Callable[[str], bool], str]
MISTAKES: tuple[Row, ...] = (
    (is_key, "holds what looks like a key"),
    (is_placeholder, "still is a sample's placeholder"),
    (lambda n: is_url(n) or "/deployments/" in n or n.startswith("/"), "is an address"),
    (lambda n: bool(re.search(r"\s", n)), "has a blank or a line break in it"),
    (lambda n: not stays_in_place(n) or len(n) > LONGEST_NAME, "is no name of a deployment"),
    (lambda n: not is_name(n), "has a character in it that no deployment's name has"),
)
# Slashes and colons are for gateways, which have models of many makers.
AZURE_MISTAKES: tuple[Row, ...] = (
    (lambda n: not _ON_AZURE.fullmatch(n), "has a character in it that no deployment on Azure has"),
)
