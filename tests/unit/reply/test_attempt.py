import pytest

from proxy_core.errors import BadRequest, Disconnected, InternalError, ProxyError, UpstreamError
from proxy_core.reply.attempt import Attempt, name_error


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (UpstreamError("no", status=429, code="rate_limit_exceeded"), "rate_limit_exceeded"),
        (UpstreamError("no", status=429), "429"),
        (UpstreamError("no", status=400, code="what the prompt says"), "400"),
        (UpstreamError("no", status=400, code="x" * 65), "400"),
        (UpstreamError("no", status=400, code="a\nb"), "400"),
        (Disconnected("no"), "Disconnected"),
        (BadRequest("no"), "BadRequest"),
        (InternalError(), "InternalError"),
    ],
)
def test_an_error_is_one_word(error: ProxyError, word: str) -> None:
    assert name_error(error) == word


def test_an_attempt_ends_where_it_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([1.0, 2.0, 3.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with Attempt("resource", "chat", next(clock)) as attempt:
        attempt.see_first_chunk()
        assert attempt.ended is None
    assert (attempt.started, attempt.first_chunk, attempt.ended) == (1.0, 2.0, 3.0)
