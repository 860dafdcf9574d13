"""Encrypted reasoning: blobs that tell the simulator where they come from.

A blob is signed and binds the resource, the model family, the item's id, its summary and the item
that must follow it. So every rule of replaying reasoning can be checked without any memory.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

VERSION = b"\x80"  # with the leading zeros of the time, base64 begins with gAAAA
SIGNATURE_BYTES = 32
SALT_BYTES = 16
HEAD_BYTES = len(VERSION) + 8 + SALT_BYTES
ADDED_BYTES = 618  # 824 characters, as Azure's in response.output_item.added
DONE_BYTES = 891  # 1,188 characters, as in response.output_item.done


@dataclass(frozen=True, slots=True)
class Claims:
    family: str
    id: str
    summary: str
    """Fingerprint of the summary's parts."""
    follower: str
    """What must come next: a call's or a thought's id, another item's type, or nothing."""


class Unsealable(Exception):
    """Not a blob of this resource, or not unchanged, or not a whole one."""


def fingerprint(summary: Any) -> str:
    return hashlib.sha256(json.dumps(summary, sort_keys=True).encode()).hexdigest()[:32]


class ReasoningSeal:
    """One resource's key."""

    def __init__(self, resource: str) -> None:
        self._key = hashlib.sha256(f"azure-simulator:{resource}".encode()).digest()

    def seal(self, claims: Claims) -> str:
        return self._write(json.dumps(asdict(claims)).encode(), DONE_BYTES)

    def seal_unfinished(self) -> str:
        """The shorter blob of an item that has only begun: it cannot be replayed."""
        return self._write(b"null", ADDED_BYTES)

    def open(self, blob: str) -> Claims:
        try:
            raw = base64.b64decode(blob.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unsealable from error
        signed, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(self._sign(signed), signature):
            raise Unsealable
        content = json.loads(signed[HEAD_BYTES:])
        if content is None:
            raise Unsealable
        return Claims(**content)

    def _write(self, content: bytes, size: int) -> str:
        head = self._head()
        padding = b" " * (size - HEAD_BYTES - len(content) - SIGNATURE_BYTES)
        signed = head + content + padding
        return base64.urlsafe_b64encode(signed + self._sign(signed)).decode()

    def _head(self) -> bytes:
        return VERSION + int(time.time()).to_bytes(8, "big") + secrets.token_bytes(SALT_BYTES)

    def _sign(self, signed: bytes) -> bytes:
        return hmac.digest(self._key, signed, "sha256")
