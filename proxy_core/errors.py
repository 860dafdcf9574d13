"""Everything that can go wrong, independent of the client's dialect.

* ProxyError
  + BadRequest           400  the client sent something we cannot translate
  + AccessDenied         401  the client did not prove that it may call
  + NotFound             404  no such endpoint
  + InternalError        500  a defect of ours; says nothing about the request
  + UpstreamError        502  Azure answered with an error, or could not be reached
    - UpstreamTruncated  502  Azure stopped in the middle of a reply
* SettingsError               the application settings cannot be used; ends start-up

The status travels with the error; each client format renders it in its own words.
"""


class ProxyError(Exception):
    """An error the client should see. Its message never quotes a prompt, a reply or a key."""

    status = 500

    def __init__(self, message: str, *, status: int | None = None, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status or type(self).status
        self.code = code  # a word for programs, where there is one


class BadRequest(ProxyError):
    status = 400


class AccessDenied(ProxyError):
    status = 401


class NotFound(ProxyError):
    status = 404


class InternalError(ProxyError):
    status = 500

    def __init__(self) -> None:
        super().__init__("The proxy failed on this request. Its log says where.")


class UpstreamError(ProxyError):
    status = 502

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        param: str = "",
        retry_after: int | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.param = param  # the part of our request that Azure refuses
        self.retry_after = retry_after  # whole seconds
        self.request_id = request_id  # Azure's own, for a support case


class UpstreamTruncated(UpstreamError):
    def __init__(self) -> None:
        super().__init__("Azure closed the stream before finishing its reply.")


class SettingsError(ValueError):
    """One message that names every setting that is missing or cannot be used."""
