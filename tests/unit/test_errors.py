"""The error tree: a status travels with every error."""

import pytest

from proxy_core import errors
from proxy_core.errors import ProxyError, UpstreamError

TREE = {
    errors.BadRequest("x"): 400,
    errors.AccessDenied("x"): 401,
    errors.NotFound("x"): 404,
    errors.InternalError(): 500,
    errors.UpstreamError("x"): 502,
    errors.UpstreamTruncated(): 502,
}


@pytest.mark.parametrize(("error", "status"), TREE.items(), ids=lambda x: type(x).__name__)
def test_every_kind_has_its_status(error: ProxyError, status: int) -> None:
    assert error.status == status
    assert str(error) == error.message
    assert error.message
    assert error.code == ""


def test_one_error_may_have_its_own() -> None:
    error = UpstreamError("slow", status=429, code="quota", retry_after=7, request_id="r")
    assert (error.status, error.code, error.retry_after, error.request_id) == (429, "quota", 7, "r")


def test_settings_errors_are_for_start_up_only() -> None:
    assert not issubclass(errors.SettingsError, ProxyError)
