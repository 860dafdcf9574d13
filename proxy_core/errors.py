"""Everything that can go wrong, independent of the client's dialect.

* ProxyError
  + BadRequest           400  the client sent something we cannot translate
    - WrongMethod        405  the path is one of ours, the method is not (endpoints/paths.py)
    - Unsupported        400  a block of content of no known kind (wire/content_blocks.py)
  + AccessDenied         401  the client did not prove that it may call
  + NotFound             404  no such endpoint
  + InternalError        500  a defect of ours; says nothing about the request
  + ShuttingDown         503  the app ends before the reply did
  + UnusableSettings     503  the app is deployed, and its settings cannot be used
  + OutOfTime            504  the reply took longer than the platform lets a function run
  + CheckHangs           504  one of the doctor's checks did not end (endpoints/setup/checks.py)
  + UpstreamError        502  Azure answered with an error, or broke off
    - UpstreamTruncated  502  Azure stopped in the middle of a reply
    - Unreadable         502  what Azure sent makes no sense, and has been paid for
    - Unreachable        502  no connection to the resource could be had
    - Disconnected       502  a connection was closed before it was answered on
    - UpstreamSilent     504  Azure said nothing for longer than any model thinks
* SettingsError               the application settings cannot be used; ends a local start

The status travels with the error; each client format renders it in its own words.
"""

from collections.abc import Iterable
from typing import Literal

# What an error is about, where the client, or a person, can do something about it. A "setting" is
# one of this proxy's that was chosen wrongly: the client, which sees none of them, did nothing.
Subject = Literal["", "overflow", "image", "document", "filter", "setting"]

# Codes of failures that last, whatever their status: no quota, and an address that is wrong.
LASTING = frozenset({"insufficient_quota", "redirect", "unknown_host", "certificate"})

# Statuses of failures that may be over when the same request is sent again.
PASSING = frozenset({408, 409, 429, *range(500, 600)} - {501, 505})

LONGEST_WAIT = 60  # seconds; whoever has to wait longer (no quota: a day) should be told at once


class ProxyError(Exception):
    """An error the client should see. Its message never quotes a prompt, a reply or a key."""

    status = 500
    advice = ""  # what can be done about it, in sentences, where that is known

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        about: Subject = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status or type(self).status
        self.code = code  # a word for programs, where there is one
        self.about: Subject = about

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed within a minute."""
        return self.status in PASSING


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


class ShuttingDown(ProxyError):
    status = 503

    def __init__(self) -> None:
        super().__init__("The proxy is shutting down. Send the request again.")


class UnusableSettings(ProxyError):
    """Nothing is asked of Azure until somebody has changed them."""

    status = 503

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__(" ".join(["The settings of this proxy cannot be used.", *problems]))

    @property
    def may_pass(self) -> bool:
        return False


class OutOfTime(ProxyError):
    status = 504

    def __init__(self, seconds: float) -> None:
        lasted = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
        super().__init__(
            f"The reply was not complete after {lasted}, and the function may "
            "not run longer (functionTimeout in host.json)."
        )


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
        advice: str = "",
        about: Subject = "",
    ) -> None:
        super().__init__(message, status=status, code=code, about=about)
        self.param = param  # the part of our request that Azure refuses
        self.retry_after = retry_after  # whole seconds
        self.request_id = request_id  # Azure's own, for a support case
        self.advice = advice

    @property
    def may_pass(self) -> bool:
        lasts = self.code in LASTING or (self.retry_after or 0) > LONGEST_WAIT
        return super().may_pass and not lasts


class UpstreamTruncated(UpstreamError):
    def __init__(self) -> None:
        super().__init__("Azure closed the stream before finishing its reply.")


class Unreadable(UpstreamError):
    """Asked for once more at most (`attempts.py`): each attempt is paid."""

    @property
    def may_pass(self) -> bool:
        return False


class Unreachable(UpstreamError):
    pass


class Disconnected(UpstreamError):
    pass


class UpstreamSilent(UpstreamError):
    status = 504


class SettingsError(ValueError):
    """Every problem with the settings, each a sentence that names the setting."""

    def __init__(self, *problems: str, doubts: tuple[str, ...] = ()) -> None:
        super().__init__("\n  ".join(["These settings cannot be used:", *problems]))
        self.problems = problems
        self.doubts = doubts  # about others, which can be used


def as_sentence(message: str) -> str:
    """Azure ends some of its messages without a full stop."""
    return message if message.endswith((".", "!", "?", "…")) else f"{message}."
