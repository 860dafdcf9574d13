"""A text -> a short name that stands for it, and tells nothing of it."""

from collections.abc import Sequence
from hashlib import sha256

from proxy_core.conversation import Message, Text


def digest(text: str) -> str:
    """Stands for a text that must not be seen or kept, or is too long to; 32 characters."""
    return sha256(text.encode(errors="replace")).hexdigest()[:32]


def digest_beginning(instructions: str, messages: Sequence[Message], user: str = "") -> str:
    """Stands for a conversation that has no id: what stays the same in it from turn to turn."""
    users = (message for message in messages if message.role == "user")
    first = next(users, messages[0] if messages else Message("user", ()))
    texts = [part.text for part in first.parts if isinstance(part, Text)]
    return digest("\n".join([user, instructions, *texts]))
