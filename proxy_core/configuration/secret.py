"""Keys and tokens that are none, or not as they were meant. Nothing of them is ever quoted.

The first row that fits is told, behind the name of the setting.
"""

import re
from collections.abc import Callable

from proxy_core.configuration.endpoint import is_url
from proxy_core.configuration.placeholders import is_placeholder
from proxy_core.deployments.models import UNKNOWN, find_family

KEY_MEANING = "it must be one of the two keys that the portal shows under Keys and Endpoint"
TOKEN_MEANING = "it should be a secret of your own, such as `openssl rand -hex 32` prints"
SHORTEST_TOKEN = 8  # characters that nobody guesses by trying

_HEADER = re.compile(
    r"(?:bearer|basic)\s|(?:authorization|(?:x-)?api-?key|ocp-apim-subscription-key)\s*[:=]"
    r"|\w*(?:KEY|TOKEN)\s*=",
    re.IGNORECASE,
)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LONGEST_MODEL = 30  # characters

Row = tuple[Callable[[str], bool], str]


def find_key_mistake(key: str) -> str:
    return _first(KEY_MISTAKES, key)


def find_key_doubt(key: str, *, on_azure: bool) -> str:
    """A gateway's keys may look like anything."""
    return _first(AZURE_KEY_DOUBTS, key) if on_azure else ""


def find_token_mistake(token: str) -> str:
    return _first(TOKEN_MISTAKES, token)


def find_token_doubt(token: str) -> str:
    return _first(TOKEN_DOUBTS, token)


def _first(rows: tuple[Row, ...], secret: str) -> str:
    return next((phrase for is_so, phrase in rows if is_so(secret)), "")


def _has_blank(secret: str) -> bool:
    return bool(re.search(r"\s", secret))


def _is_strange(secret: str) -> bool:
    return not (secret.isascii() and secret.isprintable())


def _is_model(key: str) -> bool:
    """A whole word of it names a family: `o3-mini`, and not what begins with `o3` by chance."""
    family = find_family(key)
    is_whole = not key[len(family.prefix) :][:1].isalnum() or family.prefix.endswith("-")
    is_known = key.lower().startswith(("gpt-", "claude-")) or (family is not UNKNOWN and is_whole)
    return is_known and len(key) <= LONGEST_MODEL


ANYTHING: tuple[Row, ...] = (
    (is_placeholder, "still is a sample's placeholder"),
    (lambda s: bool(_HEADER.match(s)), "begins with the name of a header or a setting"),
    (is_url, "is an address"),
)
KEY_MISTAKES: tuple[Row, ...] = (
    *ANYTHING,
    (_has_blank, "has a blank or a line break in it"),
    (_is_strange, "has characters in it that no key has"),
    (_is_model, "is the name of a model"),
)
AZURE_KEY_DOUBTS: tuple[Row, ...] = (
    (lambda s: s.startswith("sk-ant-"), "looks like a key of Anthropic's"),
    (lambda s: s.startswith("sk-"), "looks like a key of OpenAI's"),
    (lambda s: s.startswith("eyJ"), "looks like a token of Entra ID, which ends within hours"),
    (lambda s: bool(_GUID.fullmatch(s)), "looks like the id of a subscription or a tenant"),
    (lambda s: "," in s, "has a comma in it, as no key of Azure's has"),
)
TOKEN_MISTAKES: tuple[Row, ...] = ANYTHING
TOKEN_DOUBTS: tuple[Row, ...] = (
    (_has_blank, "has a blank or a line break in it, which some clients cannot send"),
    (_is_strange, "has characters in it that some clients cannot send"),
    (lambda s: len(s) < SHORTEST_TOKEN, "is short enough to be guessed"),
)
