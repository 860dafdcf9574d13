"""A text -> a short name that stands for it, and tells nothing of it."""

from collections.abc import Iterable
from hashlib import sha256

from proxy_core.conversation import Message, Text


def digest(text: str) -> str:
    """Stands for a text that must not be seen or kept, or is too long to; 32 characters."""
    return sha256(text.encode(errors="replace")).hexdigest()[:32]


def digest_beginning(instructions: str, messages: Iterable[Message], user: str = "") -> str:
    """Stands for a conversation that has no id: what stays the same in it from turn to turn."""
    first = next((message for message in messages if message.role == "user"), None)
    texts = [part.text for part in first.parts if isinstance(part, Text)] if first else []
    return digest("\n".join([user, instructions, *texts]))
