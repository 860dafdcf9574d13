"""What to do about an error of Azure's, where that is known.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/troubleshoot-errors
"""

import re

from proxy_core.deployments.models import Deployment
from proxy_core.deployments.refusals import lacks_responses, read_lesson
from proxy_core.errors import UpstreamError

# What to do about what does not get better by itself. The first row that fits counts.
ADVICE = (
    (
        400,
        r"API version not supported",
        "Check AZURE_API_VERSION and the api-version in {settings}_ENDPOINT. "
        "With neither, the v1 API is used.",
    ),
    (
        401,
        r"PermissionDenied|lacks the required",
        "Give the proxy's identity the role 'Cognitive Services OpenAI User' on the resource. "
        "It takes 5 minutes or more to work.",
    ),
    (
        401,
        r"access token|audience",
        "The proxy's Entra ID token was refused: its identity needs the role 'Cognitive Services "
        "OpenAI User', and AZURE_OPENAI_ENTRA_SCOPE must fit the resource. With a key instead, "
        "check {settings}_API_KEY.",
    ),
    (401, r"", "Check {settings}_API_KEY: it must be a key of the resource that is called."),
    (
        403,
        r"AuthenticationTypeDisabled|key.based auth",
        "Leave {settings}_API_KEY out: the proxy then uses Entra ID.",
    ),
    (
        403,
        r"virtual network|firewall|public access|private endpoint",
        "Let the function app through in the network settings of the resource.",
    ),
    (403, r"", "Check the key, or the role of the proxy's identity, and the resource's network."),
    (404, r"deployment|model_not_found|the model .* does not exist", "{deployment}"),
    (404, r"", "Check {settings}_ENDPOINT and AZURE_API_VERSION."),
    (
        429,
        r"high demand|peak load",
        "This is Azure's capacity, not your quota: wait, or use another deployment.",
    ),
    (
        431,
        r"",
        "The headers are too many or too large. The proxy sends few of them: look at what a "
        "gateway between it and Azure adds.",
    ),
    (
        502,
        r"redirect|Azure answered [23]\d\d",
        "Check {settings}_ENDPOINT: something else seems to answer there.",
    ),
    (
        502,
        r"The connection to Azure failed",
        "Try again. If it stays so, check {settings}_ENDPOINT.",
    ),
)
_OTHER_API = (
    "AZURE_OPENAI_API is set to {api}, which this deployment does not speak: set it to auto."
)
_PERHAPS_OTHER_API = (
    "Check {settings}_ENDPOINT and AZURE_API_VERSION. Or it has no Responses API: "
    "AZURE_OPENAI_API is set to {api}, and with auto, Chat Completions is tried as well."
)
_NO_QUOTA = (
    "This does not pass by itself: the quota is too small or used up. "
    "Raise it in the Azure portal, or use another deployment."
)


def explain_error(error: UpstreamError, deployment: Deployment) -> UpstreamError:
    """The same error with what to do about it, where that is known. Its message stays as it is."""
    advice = _advise(error, deployment).format(
        deployment=_name(deployment), settings=deployment.resource_settings, api=deployment.api
    )
    if error.advice or not advice:
        return error
    return type(error)(
        error.message,
        status=error.status,
        code=error.code,
        param=error.param,
        retry_after=error.retry_after,
        request_id=error.request_id,
        advice=advice,
    )


def _advise(error: UpstreamError, deployment: Deployment) -> str:
    if error.status == 429 and not error.may_pass:
        return _NO_QUOTA
    if deployment.api_is_set and read_lesson(error, deployment.api).api:
        return _OTHER_API
    if deployment.api_is_set and lacks_responses(error, deployment.api):
        return _PERHAPS_OTHER_API
    said = f"{error.code} {error.message}"
    for status, words, advice in ADVICE:
        if status == error.status and re.search(words, said, re.IGNORECASE):
            return advice
    return ""


def _name(deployment: Deployment) -> str:
    named = f"The resource has no deployment '{deployment.name[:64]}'"
    if deployment.setting:
        return f"{named}: the setting {deployment.setting} names it."
    return f"{named}: the model's name in the request was taken for a deployment's."
