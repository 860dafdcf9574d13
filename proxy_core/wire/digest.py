"""A text -> a short name that stands for it, and tells nothing of it."""

from hashlib import sha256


def digest(text: str) -> str:
    """Stands for a text that must not be seen or kept, or is too long to; 32 characters."""
    return sha256(text.encode(errors="replace")).hexdigest()[:32]
