"""The packaged vocabulary is tiktoken's own, and no text can make counting expensive or fail."""

import lzma
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha1
from importlib import import_module
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tiktoken import Encoding

from proxy_core.o200k import BrokenVocabulary, count_text, encoding, first_tokens
from proxy_core.o200k.counting import COUNTED, SEGMENT, split
from proxy_core.o200k.vocabulary import FILE, SPACES, WORDS, read_ranks

# tiktoken looks in TIKTOKEN_CACHE_DIR for a file named by the sha1 of the address
ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"


def packaged() -> bytes:
    return (files("proxy_core.o200k") / FILE).read_bytes()


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    (tmp_path / sha1(ADDRESS.encode()).hexdigest()).write_bytes(lzma.decompress(packaged()))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    encoding: dict[str, Any] = import_module("tiktoken_ext.openai_public").o200k_base()
    return encoding


def test_it_is_tiktokens_own_encoding(theirs: dict[str, Any]) -> None:
    ours = encoding()
    assert ours.name == theirs["name"]
    assert "|".join((*WORDS, *SPACES)) == theirs["pat_str"]
    assert ours._special_tokens == theirs["special_tokens"]
    assert read_ranks(packaged()) == theirs["mergeable_ranks"]
    assert ours.n_vocab == 200_019


def test_its_pattern_divides_texts_as_tiktokens_does(theirs: dict[str, Any]) -> None:
    """All short texts of characters that the pattern tells apart."""
    ours, own = encoding(), Encoding(**theirs)
    for characters in product("aZ\u00e9\u5b571'sl \n\t/-\u0301", repeat=4):
        text = "".join(characters)
        assert ours.encode_ordinary(text) == own.encode_ordinary(text), repr(text)


def test_it_is_loaded_once_however_many_threads_ask() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len({id(found) for found in threads.map(lambda _: encoding(), range(8))}) == 1


@pytest.mark.parametrize(
    ("compressed", "problem"),
    [
        (lzma.compress(b"aGk= 0\n"), "sha256"),
        (b"not xz", "cannot be decompressed"),
        (lzma.compress(b"aGk= 0\n")[:-8], "cannot be decompressed"),
    ],
)
def test_a_damaged_vocabulary_is_refused(compressed: bytes, problem: str) -> None:
    with pytest.raises(BrokenVocabulary, match=problem):
        read_ranks(compressed)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("foo", 1),
        ("hello world", 2),
        ("Antidisestablishmentarianism", 6),
        ("def add(a, b):\n    return a + b\n", 12),
        ("Die Würde des Menschen ist unantastbar.", 11),
        ("今天天气很好", 4),
        ("🙂", 1),
        ("<|endoftext|>", 7),  # ordinary text, not the special token
        ("\ud800", 1),  # half a surrogate pair, which JSON may hold
    ],
)
def test_known_counts(text: str, tokens: int) -> None:
    assert count_text(text) == tokens


def test_ordinary_text_is_cut_where_the_pattern_cuts() -> None:
    prose = "It's 3 o'clock; WE'RE late.\n\n  def f(x):\n\treturn  {'a': 1}\n/usr/bin\n" * 2_000
    segments = list(split(prose))
    assert len(segments) > 1
    assert "".join(segments) == prose
    assert count_text(prose) == len(encoding().encode_ordinary(prose))


@pytest.mark.parametrize("text", ["a" * 100_000, " " * 100_000 + "x", "ab" * 50_000])
def test_text_without_a_place_to_cut_is_cut_all_the_same(text: str) -> None:
    segments = list(split(text))
    assert "".join(segments) == text
    assert max(map(len, segments)) <= SEGMENT
    exact = len(encoding().encode_ordinary(text))
    assert exact <= count_text(text) <= exact + 10 * len(segments)


def test_what_makes_tiktoken_panic_is_counted() -> None:
    assert 7_000 < count_text(" " * 1_000_000 + "x") < 9_000


def test_beyond_any_context_window_the_rest_is_estimated() -> None:
    quarter = count_text("ab " * (COUNTED // 12))
    assert count_text("ab " * COUNTED) == pytest.approx(12 * quarter, rel=0.001)


@pytest.mark.parametrize(
    ("text", "most", "beginning", "tokens"),
    [
        ("", 0, "", 0),
        ("Hello there.", 0, "", 0),
        ("Hello there.", 1, "Hello", 1),
        ("Hello there.", 3, "Hello there.", 3),
        ("Hello there.", 9, "Hello there.", 3),
        ("a\U0001fae8", 2, "a", 2),  # half a character is left out
    ],
)
def test_the_first_tokens_of_a_text(text: str, most: int, beginning: str, tokens: int) -> None:
    assert first_tokens(text, most) == (beginning, tokens)


def test_the_first_tokens_of_a_long_text() -> None:
    text = "The rain in Spain. " * 5_000
    whole = count_text(text)
    assert first_tokens(text, whole) == (text, whole)
    beginning, tokens = first_tokens(text, whole - 9)
    assert text.startswith(beginning)
    assert count_text(beginning) == tokens == whole - 9
