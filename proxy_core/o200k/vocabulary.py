"""The packaged vocabulary -> tiktoken.Encoding, once per process.

The name, pattern and special tokens are those of tiktoken_ext.openai_public (MIT), which cannot
be asked for them without loading its own copy. Tests compare the two.
"""

import lzma
from binascii import a2b_base64
from functools import cache
from hashlib import sha256
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

NAME = "o200k_base"
FILE = "o200k_base.tiktoken.xz"
SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"  # as tiktoken has it

UPPER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"
LOWER = r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
WORDS = (
    rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]*[{LOWER}]+{CONTRACTION}",
    rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]+[{LOWER}]*{CONTRACTION}",
    r"\p{N}{1,3}",
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
    r"\s*[\r\n]+",
)
SPACES = (r"\s+(?!\S)", r"\s+")
# Grouped, all that needs no look-ahead is tried in one go: 18 % faster.
PATTERN = f"(?:{'|'.join(WORDS)})|{'|'.join(SPACES)}"
SPECIAL_TOKENS = {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}

_loading = Lock()


class BrokenVocabulary(Exception):
    """The packaged file is not the one we ship. Only a new deployment helps."""


def encoding() -> "Encoding":
    """Loaded by the first call. Calls from other threads wait for it."""
    with _loading:
        return _load()


@cache
def _load() -> "Encoding":
    from tiktoken import Encoding  # here, so that only a process that counts pays for the import

    compressed = (files("proxy_core.o200k") / FILE).read_bytes()
    return Encoding(
        NAME,
        pat_str=PATTERN,
        mergeable_ranks=read_ranks(compressed),
        special_tokens=SPECIAL_TOKENS,
    )


def read_ranks(compressed: bytes) -> dict[bytes, int]:
    """Each line is a token in base64, a space, and its rank."""
    words = _decompress(compressed).split()
    return dict(zip(map(a2b_base64, words[::2]), map(int, words[1::2]), strict=True))


def _decompress(compressed: bytes) -> bytes:
    try:
        vocabulary = lzma.decompress(compressed)
    except (lzma.LZMAError, EOFError) as error:
        raise BrokenVocabulary(f"{FILE} cannot be decompressed: {error}") from error
    found = sha256(vocabulary).hexdigest()
    if found != SHA256:
        raise BrokenVocabulary(f"{FILE} has the sha256 {found}, expected {SHA256}")
    return vocabulary
