"""The error tree: a status travels with every error."""

import pytest

from proxy_core import errors
from proxy_core.errors import PASSING, ProxyError, UpstreamError, as_sentence

TREE = {
    errors.BadRequest("x"): 400,
    errors.AccessDenied("x"): 401,
    errors.NotFound("x"): 404,
    errors.InternalError(): 500,
    errors.ShuttingDown(): 503,
    errors.OutOfTime(1800): 504,
    errors.UpstreamError("x"): 502,
    errors.UpstreamTruncated(): 502,
    errors.Unreachable("x"): 502,
    errors.Disconnected("x"): 502,
    errors.UpstreamSilent("x"): 504,
}


@pytest.mark.parametrize(("error", "status"), TREE.items(), ids=lambda x: type(x).__name__)
def test_every_kind_has_its_status(error: ProxyError, status: int) -> None:
    assert error.status == status
    assert str(error) == error.message
    assert error.message
    assert (error.code, error.advice) == ("", "")
    assert error.may_pass == (status >= 500)


def test_one_error_may_have_its_own() -> None:
    error = UpstreamError(
        "slow", status=429, code="quota", retry_after=7, request_id="r", advice="Wait."
    )
    assert (error.status, error.code, error.retry_after, error.request_id) == (429, "quota", 7, "r")
    assert (str(error), error.advice) == ("slow", "Wait.")


@pytest.mark.parametrize(
    ("seconds", "lasted"), [(1800, "30 minutes"), (120, "2 minutes"), (119, "119"), (15, "15 sec")]
)
def test_how_long_a_reply_may_take_is_named(seconds: float, lasted: str) -> None:
    assert f"after {lasted}" in errors.OutOfTime(seconds).message


def test_the_tree_names_every_kind() -> None:
    import proxy_core.proxy  # noqa: F401 - so that every kind has been made

    def kinds(kind: type[ProxyError]) -> set[str]:
        ours = {kind.__name__} if kind.__module__.startswith("proxy_core.") else set()
        return ours.union(*map(kinds, kind.__subclasses__()))

    assert kinds(ProxyError) <= {*(errors.__doc__ or "").split()}


def test_what_may_pass() -> None:
    for status in range(400, 600):
        passes = status in (408, 409, 429) or (status >= 500 and status not in (501, 505))
        assert (status in PASSING) is passes
        assert UpstreamError("x", status=status).may_pass is passes
        assert UpstreamError("x", status=status, retry_after=60).may_pass is passes
        assert not UpstreamError("x", status=status, retry_after=61).may_pass
        assert not UpstreamError("x", status=status, code="insufficient_quota").may_pass


@pytest.mark.parametrize(
    ("message", "sentence"),
    [("No", "No."), ("No.", "No."), ("No!", "No!"), ("No?", "No?"), ("No…", "No…"), ("", ".")],
)
def test_a_sentence_ends(message: str, sentence: str) -> None:
    assert as_sentence(message) == sentence


def test_settings_errors_are_for_start_up_only() -> None:
    assert not issubclass(errors.SettingsError, ProxyError)
