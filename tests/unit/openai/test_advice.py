"""What to do about an error of Azure's, where that is known."""

import pytest
from msgspec.structs import replace

from proxy_core.deployments.models import Deployment, find_family
from proxy_core.errors import Unreachable, UpstreamError, UpstreamTruncated
from proxy_core.openai.advice import explain_error

BY_SETTING = Deployment("my-gpt", "responses", find_family("gpt-5.4"), setting="BIG_MODEL")
BY_CLIENT = Deployment("x" * 99, "responses", find_family("gpt-5.4"))
NO_DEPLOYMENT = UpstreamError("It does not exist.", status=404, code="DeploymentNotFound")


ON_SETTINGS = [
    (UpstreamError("API version not supported", status=400), "Check AZURE_API_VERSION"),
    (UpstreamError("Invalid subscription key", status=401), "Check AZURE_OPENAI_API_KEY: it"),
    (UpstreamError("Access token is missing", status=401), "AZURE_OPENAI_ENTRA_SCOPE must"),
    (UpstreamError("No.", status=401, code="PermissionDenied"), "Give the proxy's identity"),
    (UpstreamError("Key based authentication is off", status=403), "Leave AZURE_OPENAI_API_"),
    (UpstreamError("Public access is disabled", status=403), "Let the function app through"),
    (UpstreamError("No.", status=403), "Check the key, or the role"),
    (UpstreamError("The model `x` does not exist", status=404), "no deployment 'my-gpt'"),
    (UpstreamError("Resource not found", status=404), "Check AZURE_OPENAI_ENDPOINT and"),
    (UpstreamError("No.", status=431), "look at what a gateway"),
    (Unreachable("No.", code="unknown_host"), "Check AZURE_OPENAI_ENDPOINT, and"),
    (Unreachable("No.", code="certificate"), "SSL_CERT_FILE"),
]
ON_AZURE = [
    (UpstreamError("High demand.", status=429), "Azure's capacity, not your quota"),
    (UpstreamError("High demand.", status=429, retry_after=61), "Raise it in the Azure portal"),
    (UpstreamError("No.", status=429, code="insufficient_quota"), "Raise it in the Azure por"),
    (Unreachable("The connection to Azure failed (X)."), "check AZURE_OPENAI_ENDPOINT"),
]


@pytest.mark.parametrize(
    ("error", "advice", "about"),
    [
        *((error, advice, "setting") for error, advice in ON_SETTINGS),
        *((error, advice, "") for error, advice in ON_AZURE),
    ],
)
def test_what_to_do(error: UpstreamError, advice: str, about: str) -> None:
    explained = explain_error(error, BY_SETTING)
    assert advice in explained.advice
    assert type(explained) is type(error)
    assert vars(explained) == {**vars(error), "advice": explained.advice, "about": about}
    assert error.advice == ""


def test_who_named_the_deployment_that_does_not_exist() -> None:
    assert explain_error(NO_DEPLOYMENT, BY_SETTING).advice == (
        "The resource has no deployment 'my-gpt': the setting BIG_MODEL names it."
    )
    assert explain_error(NO_DEPLOYMENT, BY_CLIENT).advice == (
        f"The resource has no deployment '{'x' * 64}': "
        "the model's name in the request was taken for a deployment's."
    )
    assert [explain_error(NO_DEPLOYMENT, by).about for by in (BY_SETTING, BY_CLIENT)] == [
        "setting",
        "",
    ]


def test_an_api_that_the_user_chose_and_the_deployment_does_not_speak() -> None:
    error = UpstreamError("Model not supported", status=400)
    chosen = replace(BY_SETTING, api_is_set=True)
    assert explain_error(error, chosen).advice.startswith("AZURE_OPENAI_API is set to responses")
    assert explain_error(error, chosen).about == "setting"
    assert explain_error(error, BY_SETTING) is error


def test_what_it_is_about_already_counts() -> None:
    error = UpstreamError("No.", status=400, about="image")
    assert explain_error(error, BY_SETTING).about == "image"


def test_an_api_that_the_user_chose_and_the_resource_may_not_have() -> None:
    error = UpstreamError("Resource not found", status=404)
    chosen = replace(BY_SETTING, api_is_set=True)
    assert "with auto, Chat Completions is tried" in explain_error(error, chosen).advice
    assert "auto" not in explain_error(error, replace(chosen, api="chat")).advice
    assert "auto" not in explain_error(error, BY_SETTING).advice
    assert "auto" not in explain_error(NO_DEPLOYMENT, chosen).advice


@pytest.mark.parametrize(
    "error",
    [
        UpstreamError("Unsupported parameter: 'top_p'.", status=400),
        UpstreamError("Slow down.", status=429, retry_after=60),
        UpstreamError("Sorry.", status=500),
        UpstreamError("No key.", status=401, advice="Set one."),
        UpstreamTruncated(),
    ],
)
def test_nothing_is_added_where_nothing_is_known_or_all_is_said(error: UpstreamError) -> None:
    assert explain_error(error, BY_SETTING) is error
