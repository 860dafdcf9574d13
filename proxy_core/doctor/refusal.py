"""A refusal of Azure's as a verdict: what was said, and what a person can do about it."""

from proxy_core.azure.credentials import Identity
from proxy_core.deployments.models import Deployment
from proxy_core.doctor.finding import Verdict
from proxy_core.errors import (
    Disconnected,
    ProxyError,
    Unreachable,
    Unreadable,
    UpstreamError,
    UpstreamSilent,
    UpstreamTruncated,
    as_sentence,
)
from proxy_core.openai.advice import explain_error

LONGEST_DETAIL = 400  # characters
# What is said by us, for Azure has said nothing.
_OURS = (Unreachable, Disconnected, UpstreamSilent, UpstreamTruncated, Unreadable)
_REPORT = (
    "Clients that ask for this get the same answer. If Azure should take it, please report it: "
    "--record keeps what was sent and answered."
)
_PASSES = "This is a failure of Azure's own: try again in a minute."
_ROLE = (
    'az role assignment create --assignee {object} --role "Cognitive Services OpenAI User" '
    "--scope <id of the resource>"
)


def judge(error: ProxyError, deployment: Deployment, identity: Identity | None = None) -> Verdict:
    if not isinstance(error, UpstreamError):
        return Verdict("failed", error.message, _REPORT)
    passes = error.status == 429 and error.may_pass
    advice = explain_error(error, deployment).advice
    remedies = [advice or _fall_back(error)]
    if identity and error.status in (401, 403):
        remedies += [describe(identity)]
        if identity.object and "role" in advice:
            remedies += [_ROLE.format(object=identity.object)]
    return Verdict("warning" if passes else "failed", _tell(error), " ".join(remedies))


def describe(identity: Identity) -> str:
    """Whom Azure sees."""
    known = {
        "": identity.name,
        "the application": identity.application,
        "the principal": identity.object,
    }
    said = [f"{what} {value}".strip() for what, value in known.items() if value]
    return f"The token is of {', '.join(said)}." if said else "The token does not say whose it is."


def _tell(error: UpstreamError) -> str:
    message = as_sentence(error.message[:LONGEST_DETAIL])
    if isinstance(error, _OURS) or error.code in ("unknown_host", "no_entra_token"):
        return message
    code = "" if error.code.isdecimal() or not error.code else f" {error.code}"
    return f"{error.status}{code}: {message}"


def _fall_back(error: UpstreamError) -> str:
    """Where nobody knows what to do about exactly this."""
    if error.status != 429:
        return _PASSES if error.may_pass else _REPORT
    after = f"in {error.retry_after} seconds" if error.retry_after else "in a minute"
    return (
        f"The deployment's limit was reached just now, and passes: try again {after}. "
        "If it stays so, raise its quota in the Azure portal."
    )
