"""A text has as many tokens as tiktoken makes of it, by tiktoken's own pattern."""

from functools import cache

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiktoken import Encoding

from proxy_core.o200k import count_text, encoding
from proxy_core.o200k.counting import SEGMENT
from proxy_core.o200k.vocabulary import SPACES, SPECIAL_TOKENS, WORDS

characters = st.characters() | st.characters(categories=["Cs"])  # halves of characters as well
runs = st.builds(
    lambda character, count: character * count,
    characters | st.sampled_from(" \n\ta1-'\u0301\u5b57\U0001f600"),
    st.integers(1, 300),
)
words = st.sampled_from(["It's", " WE'RE", " 12345", "<|endoftext|>", "\r\n\n", "  def", "\ud83d"])
texts = st.lists(st.text(characters) | runs | words, max_size=12).map("".join)


@cache
def own() -> Encoding:
    return Encoding(
        "o200k_base",
        pat_str="|".join((*WORDS, *SPACES)),
        mergeable_ranks=encoding()._mergeable_ranks,
        special_tokens=SPECIAL_TOKENS,
    )


@given(texts)
@example("")
@example("\ud83d\ude00")
def test_a_count_is_the_number_of_tiktokens_tokens(text: str) -> None:
    assert count_text(text) == len(own().encode_ordinary(text))


@given(texts, texts)
@settings(max_examples=30)
def test_so_it_is_of_a_text_that_is_cut_at_its_words(text: str, other: str) -> None:
    line = "the end of it\n"
    long = "".join((line * (SEGMENT // len(line)), text, line * 200, other, line * 1_200))
    assert count_text(long) == len(own().encode_ordinary(long))
