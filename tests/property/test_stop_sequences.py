"""It never matters where a text was cut into deltas; the first sequence to be complete wins."""

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.conversation import ReplyEvent, ReplyFinished, TextDelta, Usage
from proxy_core.translation.stop_sequences import StopSequences

texts = st.text(st.sampled_from("ab<"), max_size=12)
sequences = st.lists(st.text(st.sampled_from("ab<"), max_size=4), min_size=1, max_size=4)
END = ReplyFinished("end", Usage(output_tokens=7))


def expected(text: str, sequences: list[str]) -> tuple[str, ReplyFinished]:
    """By the definition, one character after the other."""
    for end in range(len(text) + 1):
        found = [s for s in sequences if s and text[:end].endswith(s)]
        if found:
            longest = max(found, key=len)
            stopped = ReplyFinished("stop_sequence", None, longest)
            return text[: end - len(longest)], stopped
    return text, END


@given(st.lists(texts, max_size=8), sequences)
def test_any_split_gives_the_same(pieces: list[str], sequences: list[str]) -> None:
    stop = StopSequences((*sequences, "zz"))
    events: list[ReplyEvent] = [*map(TextDelta, pieces), END]
    *said, finished = [passed for event in events for passed in stop.read(event)]
    assert all(isinstance(event, TextDelta) for event in said)
    text = "".join(event.text for event in said if isinstance(event, TextDelta))
    assert (text, finished) == expected("".join(pieces), sequences)
