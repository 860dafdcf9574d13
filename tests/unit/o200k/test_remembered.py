from proxy_core.o200k.remembered import SHORT_TEXT, RememberedCounts


def make_counts(most: int = 9) -> tuple[RememberedCounts, list[str]]:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text[0])
        return len(text)

    return RememberedCounts(count, most), counted


def long(letter: str) -> str:
    return letter * SHORT_TEXT


def test_a_long_text_is_counted_once() -> None:
    counts, counted = make_counts()
    assert [counts(long("a")), counts(long("b")), counts(long("a"))] == [SHORT_TEXT] * 3
    assert counted == ["a", "b"]


def test_a_short_text_is_not_worth_remembering() -> None:
    counts, counted = make_counts()
    assert [counts("a"), counts("a")] == [1, 1]
    assert counted == ["a", "a"]


def test_the_memory_is_bounded() -> None:
    counts, counted = make_counts(most=2)
    for letter in "abcab":
        counts(long(letter))
    assert counted == ["a", "b", "c", "a", "b"]


def test_half_a_character_can_be_counted() -> None:
    counts, _ = make_counts()
    assert counts(long("\ud800")) == SHORT_TEXT
