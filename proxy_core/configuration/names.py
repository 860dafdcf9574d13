"""The names of all settings, and whose a name is that was spelt otherwise.

Rule: this file runs before anything is installed, under Python 3.8 or newer.

An environment is full of names that other programs own. So there only one that is a letter off is
pointed out, and what neighbouring products call a setting that is not set. A file of our own holds
nothing else than our names and those of the platform.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches

SECRETS = ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_FALLBACK_API_KEY", "ANTHROPIC_AUTH_TOKEN")
SETTINGS = (
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_API_VERSION",
    "AZURE_OPENAI_ENTRA_SCOPE",
    "AZURE_OPENAI_FALLBACK_ENDPOINT",
    "BIG_MODEL",
    "SMALL_MODEL",
    "CURSOR_AZURE_DEPLOYMENT",
    "CURSOR_EFFORT",
    "CURSOR_REASONING_DISPLAY",
    "SAFEGUARDS_MODEL",
    "BIG_EFFORT",
    "SMALL_EFFORT",
    "AZURE_OPENAI_API",
    "AZURE_MODEL_FAMILIES",
    "REASONING_SUMMARY",
    "WEB_SEARCH",
    "ALLOW_ANONYMOUS",
    "CORS_ALLOWED_ORIGINS",
    "SIMULATE_AZURE",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "LOG_BODIES",
    "OPENTELEMETRY",
    *SECRETS,
)

# What OpenAI's SDKs, LiteLLM, Codex, LangChain and other proxies call the same.
NEIGHBOURS = {
    "AZURE_OPENAI_KEY": "AZURE_OPENAI_API_KEY",
    "AZURE_API_KEY": "AZURE_OPENAI_API_KEY",
    "AZURE_KEY": "AZURE_OPENAI_API_KEY",
    "AZURE_AI_API_KEY": "AZURE_OPENAI_API_KEY",
    "AZURE_INFERENCE_KEY": "AZURE_OPENAI_API_KEY",
    "OPENAI_API_KEY": "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_BASE_URL": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_BASE": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_ENDPOINT": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_URL": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_RESOURCE": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_RESOURCE_NAME": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_INSTANCE_NAME": "AZURE_OPENAI_ENDPOINT",
    "AZURE_RESOURCE_NAME": "AZURE_OPENAI_ENDPOINT",
    "AZURE_BASE_URL": "AZURE_OPENAI_ENDPOINT",
    "AZURE_API_BASE": "AZURE_OPENAI_ENDPOINT",
    "AZURE_ENDPOINT": "AZURE_OPENAI_ENDPOINT",
    "AZURE_AI_ENDPOINT": "AZURE_OPENAI_ENDPOINT",
    "AZURE_INFERENCE_ENDPOINT": "AZURE_OPENAI_ENDPOINT",
    "OPENAI_API_BASE": "AZURE_OPENAI_ENDPOINT",
    "OPENAI_BASE_URL": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_VERSION": "AZURE_API_VERSION",
    "AZURE_OPENAI_VERSION": "AZURE_API_VERSION",
    "OPENAI_API_VERSION": "AZURE_API_VERSION",
    "AZURE_OPENAI_DEPLOYMENT": "BIG_MODEL",
    "AZURE_OPENAI_DEPLOYMENT_NAME": "BIG_MODEL",
    "AZURE_OPENAI_DEPLOYMENT_ID": "BIG_MODEL",
    "AZURE_OPENAI_API_DEPLOYMENT_NAME": "BIG_MODEL",
    "AZURE_OPENAI_CHAT_DEPLOYMENT": "BIG_MODEL",
    "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME": "BIG_MODEL",
    "AZURE_OPENAI_MODEL": "BIG_MODEL",
    "AZURE_DEPLOYMENT": "BIG_MODEL",
    "AZURE_DEPLOYMENT_NAME": "BIG_MODEL",
    "BIG_MODEL_NAME": "BIG_MODEL",
    "MIDDLE_MODEL": "BIG_MODEL",
    "SMALL_MODEL_NAME": "SMALL_MODEL",
    "CURSOR_MODEL": "CURSOR_AZURE_DEPLOYMENT",
    "CURSOR_DEPLOYMENT": "CURSOR_AZURE_DEPLOYMENT",
    "ANTHROPIC_AUTH_KEY": "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_TOKEN": "ANTHROPIC_AUTH_TOKEN",
    "PROXY_AUTH_TOKEN": "ANTHROPIC_AUTH_TOKEN",
    "PROXY_API_KEY": "ANTHROPIC_AUTH_TOKEN",
    "ALLOWED_ORIGINS": "CORS_ALLOWED_ORIGINS",
    "CORS_ORIGINS": "CORS_ALLOWED_ORIGINS",
}

# Names that the platform and what it is built of read from the same place.
_PLATFORM = re.compile(
    r"(?:FUNCTIONS|AZUREWEBJOBS|AZUREFUNCTIONS|WEBSITES?|SCM|PYTHON|OTEL|APPLICATIONINSIGHTS"
    r"|APPINSIGHTS|IDENTITY|MSI|ENABLE|LOGGING|SSL|REQUESTS|CURL|LC)_?.*"
    r"|AZURE_(?:CLIENT|TENANT|FEDERATED|AUTHORITY|USERNAME|PASSWORD|FUNCTIONS|LOG|TOKEN)\w*"
    r"|(?:HTTPS?|ALL|NO)_PROXY|PATH|TZ|LANG|HOME",
    re.IGNORECASE,
)


def spell(name: str) -> str:
    """As this project does, whatever its capitals are."""
    return name.upper() if name.upper() in SETTINGS else name


def find_misspelt(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Of all that are set, in capitals: what is surely meant to be ours, and what it should be."""
    for name in names:
        meant = NEIGHBOURS.get(name)
        if meant:
            if meant not in names:
                yield name, meant
        elif name not in SETTINGS and (near := _find_twin(name)):
            yield name, near


def find_unknown(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Of those in a file of our own: what is nobody's name, and which may be meant, if any."""
    for name in names:
        if name.upper() not in SETTINGS and not _PLATFORM.fullmatch(name):
            yield name, NEIGHBOURS.get(name.upper()) or find_nearest(name.upper(), SETTINGS)


def find_nearest(word: str, words: Collection[str], cutoff: float = 0.6) -> str:
    """Empty where none is near."""
    return next(iter(get_close_matches(word[:64], words, n=1, cutoff=cutoff)), "")


def say(name: str, meant: str, where: str = "") -> str:
    hint = f": did you mean {meant}?" if meant else "."
    return f"{name}{where} is no setting of this proxy{hint}"


def _find_twin(name: str) -> str:
    if name.rstrip("0123456789_") in SETTINGS:
        return ""  # somebody's second one
    return next((own for bare, own in _BARE.items() if _differs_little(_bare(name), bare)), "")


def _bare(name: str) -> str:
    return re.sub(r"[_\-. ]", "", name)


_BARE = {_bare(name): name for name in SETTINGS}


def _differs_little(name: str, known: str) -> bool:
    """By one letter at most, or by two that changed places."""
    if abs(len(name) - len(known)) > 1:
        return False
    alike = _count_alike(name, known)
    name, known = name[alike:], known[alike:]
    alike = _count_alike(name[::-1], known[::-1])
    name, known = name[: len(name) - alike], known[: len(known) - alike]
    return max(len(name), len(known)) <= 1 or (len(name) == 2 and name == known[::-1])


def _count_alike(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other))  # noqa: B905  # Python 3.8 has no `strict`
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
