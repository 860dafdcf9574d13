"""What to do about an error of Azure's, where that is known.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/troubleshoot-errors
"""

import re
from collections.abc import Iterable

from proxy_core.deployments.models import Deployment
from proxy_core.deployments.refusals import lacks_responses, read_lesson
from proxy_core.errors import Subject, UpstreamError

NO_DEPLOYMENT = r"deployment|model_not_found|the model .* does not exist"

# What to do about a setting that was chosen wrongly. The first row that fits counts.
ON_SETTINGS = (
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
    (
        404,
        NO_DEPLOYMENT,
        "The resource has no deployment '{name}': the setting {setting} names it.",
    ),
    (404, r"", "Check {settings}_ENDPOINT and AZURE_API_VERSION."),
    (
        431,
        r"",
        "The headers are too many or too large. The proxy sends few of them: look at what a "
        "gateway between it and Azure adds.",
    ),
    (
        502,
        r"^redirect",
        "Check {settings}_ENDPOINT: something else seems to answer there.",
    ),
    (
        502,
        r"^unknown_host",
        "Check {settings}_ENDPOINT, and whether this proxy is online.",
    ),
    (
        502,
        r"^certificate",
        "Check {settings}_ENDPOINT. Where a gateway of your own signs for it, name its certificate "
        "in SSL_CERT_FILE.",
    ),
)
# What to do where no setting is wrong.
ON_AZURE = (
    (
        429,
        r"high demand|peak load",
        "This is Azure's capacity, not your quota: wait, or use another deployment.",
    ),
    (
        502,
        r"Azure answered [23]\d\d",
        "Check {settings}_ENDPOINT: something else seems to answer there.",
    ),
    (
        504,
        r"did not answer within",
        "Try again. If it stays so, check {settings}_ENDPOINT, and whether a firewall on the way "
        "drops what is sent.",
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
_UNKNOWN_NAME = (
    "The resource has no deployment '{name}': the model's name in the request was taken for a "
    "deployment's."
)


def explain_error(error: UpstreamError, deployment: Deployment) -> UpstreamError:
    """The same error with what to do about it, where that is known. Its message stays as it is."""
    about, advice = _advise(error, deployment)
    if error.advice or not advice:
        return error
    return type(error)(
        error.message,
        status=error.status,
        code=error.code,
        param=error.param,
        retry_after=error.retry_after,
        request_id=error.request_id,
        advice=advice.format(
            name=deployment.name[:64],
            setting=deployment.setting,
            settings=deployment.resource_settings,
            api=deployment.api,
        ),
        about=error.about or about,
    )


def _advise(error: UpstreamError, deployment: Deployment) -> tuple[Subject, str]:
    if error.status == 429 and not error.may_pass:
        return "", _NO_QUOTA
    if deployment.api_is_set and read_lesson(error, deployment.api).api:
        return "setting", _OTHER_API
    if deployment.api_is_set and lacks_responses(error, deployment.api):
        return "setting", _PERHAPS_OTHER_API
    said = f"{error.code} {error.message}".lstrip()
    if error.status == 404 and not deployment.setting and _fits(NO_DEPLOYMENT, said):
        return "", _UNKNOWN_NAME
    if advice := _find(ON_SETTINGS, error.status, said):
        return "setting", advice
    return "", _find(ON_AZURE, error.status, said)


def _find(rows: Iterable[tuple[int, str, str]], status: int, said: str) -> str:
    fitting = (advice for on, words, advice in rows if on == status and _fits(words, said))
    return next(fitting, "")


def _fits(words: str, said: str) -> bool:
    return re.search(words, said, re.IGNORECASE) is not None
