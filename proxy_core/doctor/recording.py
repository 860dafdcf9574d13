"""What was sent and answered, in the form of the golden exchanges (tests/golden).

Rules:
* ids, times and encrypted reasoning are replaced by others, the same wherever they come again: a
  reply and the request that continues it still fit together;
* of encrypted reasoning nothing is kept but that it was there, for only its resource can read it;
* names of hosts and deployments, keys, addresses, and ids of tenants, principals, resources and
  requests are replaced wherever they stand; of headers only what says how long to wait is kept;
* the rest is Azure's own, in its order: it answers a question of the doctor's, about nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.anthropic_messages.signature import read_signature, write_signature
from proxy_core.conversation import Origin, Reasoning
from proxy_core.deployments.models import Deployment
from proxy_core.openai.redaction import redact
from proxy_core.settings import Settings

NAME = "deployment"
RESOURCE = "https://golden.openai.azure.com"  # the one of the golden exchanges
TIME = 1_700_000_000
KEPT_HEADERS = ("content-type", "retry-after", "retry-after-ms")

_IDS = frozenset({"id", "item_id", "call_id", "tool_call_id", "tool_use_id", "response_id"})
_TIMES = frozenset({"created", "created_at", "completed_at"})
_OPAQUE = frozenset({"system_fingerprint", "safety_identifier", "obfuscation"})
_OURS = frozenset({"prompt_cache_key"})  # a digest of the doctor's own question
_NOT_FOR_ANYONE = (
    (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "0" * 8),
    (r"\b[0-9a-fA-F]{32}\b", "0" * 8),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "0.0.0.0"),
    (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "someone@example.com"),
    (r"(?i)/subscriptions/[^\s'\"]+", "/subscriptions/…"),
    (r"(?i)[\w.-]+\.(?:azure|microsoft|windows)\.(?:com|us|cn|net)\b", "host.example"),
)


@dataclass(frozen=True, slots=True)
class Recording:
    story: str
    deployment: Deployment
    sent: dict[str, Any]
    asked: dict[str, Any] | None  # None: no client can ask for it
    reply: bytes = b""
    is_whole: bool = False  # in one piece, no stream
    refusal: tuple[int, bytes] | None = None
    headers: Mapping[str, str] | None = None


class Redaction:
    """Of all that belongs to one examination."""

    def __init__(self, settings: Settings) -> None:
        self._secrets = [resource.api_key for resource in settings.resources]
        self._hosts = [resource.address.host for resource in settings.resources]
        self._replaced: dict[str, str] = {}
        self._taken: dict[str, int] = {}

    def write(self, recording: Recording) -> Iterator[tuple[str, str]]:
        """Paths below the folder, and what stands there."""
        folder = self._name_folder(recording)
        for name, text in self._write_files(recording):
            yield f"{folder}/{name}", text

    def _name_folder(self, recording: Recording) -> str:
        deployment = recording.deployment
        family = re.sub(r"[^\w.-]", "_", deployment.family.prefix or "unknown").strip("-_")
        folder = f"anthropic/{deployment.api}/recorded_{family}_{recording.story}"
        return self._number(folder)

    def _number(self, name: str) -> str:
        self._taken[name] = number = self._taken.get(name, 0) + 1
        return name if number == 1 else f"{name}_{number}"

    def _write_files(self, recording: Recording) -> Iterator[tuple[str, str]]:
        deployment = recording.deployment
        if recording.asked is not None:
            yield "client_request.json", _to_text(self._clean(recording.asked, deployment))
        about = {"name": NAME, "family": deployment.family.prefix or NAME}
        summary = {} if deployment.summary == "auto" else {"summary": deployment.summary}
        yield "deployment.json", _to_text({**about, **summary})
        yield "upstream_request.json", _to_text(self._clean(recording.sent, deployment))
        if recording.refusal:
            yield "upstream_error.json", _to_text(self._clean_refusal(recording))
        elif recording.is_whole:
            body = self._clean_text(recording.reply.decode(errors="replace"), deployment)
            yield "upstream_reply.json", body
        else:
            yield "upstream_reply.sse", "".join(self._clean_stream(recording))

    def _clean_refusal(self, recording: Recording) -> dict[str, Any]:
        assert recording.refusal
        status, body = recording.refusal
        headers = {
            name: value
            for name, value in (recording.headers or {}).items()
            if name.lower() in KEPT_HEADERS
        }
        text = self._clean_text(body.decode(errors="replace"), recording.deployment)
        return {"status": status, "headers": headers, "body": text}

    def _clean_stream(self, recording: Recording) -> Iterator[str]:
        for line in recording.reply.decode(errors="replace").splitlines(keepends=True):
            field, colon, value = line.partition(": ")
            yield field + colon + self._clean_text(value, recording.deployment)

    def _clean_text(self, text: str, deployment: Deployment) -> str:
        """JSON or not, with the white space around it."""
        content = text.strip()
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            return self._clean_words(text, deployment)
        cleaned = json.dumps(
            self._clean(value, deployment), ensure_ascii=False, separators=(",", ":")
        )
        return text.replace(content, cleaned)

    def _clean(self, value: Any, deployment: Deployment, name: str = "") -> Any:
        match value:
            case dict():
                return {key: self._clean(inner, deployment, key) for key, inner in value.items()}
            case list():
                return [self._clean(inner, deployment, name) for inner in value]
            case str() if value:
                return self._clean_string(value, deployment, name)
            case int() if name in _TIMES and value:
                return TIME
            case _:
                return value

    def _clean_string(self, value: str, deployment: Deployment, name: str) -> str:
        if name in _IDS:
            return self._replace(value, value.partition("_")[0] if "_" in value else "id")
        if name == "encrypted_content":
            return self._replace(value, "gAAAArecorded")
        if name == "signature":
            return self._clean_signature(value, deployment)
        if name in _OURS:
            return value
        if name in _OPAQUE:
            return "…"
        return self._clean_words(value, deployment)

    def _clean_signature(self, signature: str, deployment: Deployment) -> str:
        reasoning = read_signature(signature)
        if reasoning is None:
            return "…"
        return write_signature(
            Reasoning(
                self._replace(reasoning.id, "rs") if reasoning.id else "",
                self._replace(reasoning.encrypted_content, "gAAAArecorded"),
                reasoning.summary,
                Origin(RESOURCE, deployment.family.prefix),
                reasoning.phase,
            )
        )

    def _replace(self, value: str, kind: str) -> str:
        """The same for the same."""
        if value not in self._replaced:
            self._taken[kind] = number = self._taken.get(kind, 0) + 1
            self._replaced[value] = f"{kind}_{number}"
        return self._replaced[value]

    def _clean_words(self, text: str, deployment: Deployment) -> str:
        for secret in self._secrets:
            text = redact(text, secret)
        for name in _names(self._hosts):
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "host.example", text)
        own = rf"(?<![\w.-]){re.escape(deployment.name)}(?![\w-]|\.\w)"
        text = re.sub(own, NAME, text)
        for pattern, stand_in in _NOT_FOR_ANYONE:
            text = re.sub(pattern, stand_in, text)
        return text


def _names(hosts: Iterable[str]) -> Iterator[str]:
    """With the name of the resource, which begins the host's."""
    for host in hosts:
        yield host
        yield host.partition(".")[0]


def _to_text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
