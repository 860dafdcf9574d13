"""What people write into a setting -> the sentence that it is answered with.

A problem stops the start. A doubt is told, and the app runs.
"""

import random
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.configuration.names import SECRETS, SETTINGS
from proxy_core.errors import SettingsError
from proxy_core.settings import FUNCTION_TIMEOUT, Settings

HEX_KEY = "0123456789abcdef0123456789abcdef"
LONG_KEY = "1a2B3c4D5e6F7g8H9i0J" * 4 + "ACOG"
ENDPOINT, KEY, TOKEN = "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN"
FALLBACK, VERSION = "AZURE_OPENAI_FALLBACK_ENDPOINT", "AZURE_API_VERSION"
FAMILIES, CORS = "AZURE_MODEL_FAMILIES", "CORS_ALLOWED_ORIGINS"
BIG, CURSOR, SAFEGUARDS = "BIG_MODEL", "CURSOR_AZURE_DEPLOYMENT", "SAFEGUARDS_MODEL"
COMPLETE = {
    ENDPOINT: "https://mine.openai.azure.com",
    KEY: HEX_KEY[::-1],
    TOKEN: "a-token-of-mine",
    BIG: "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
}
GATEWAY = {ENDPOINT: "https://gateway.example/llm/v1"}
EFFORTS = "none, minimal, low, medium, high, xhigh, max"


def tell(environ: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The problems, and the warnings where there are none."""
    try:
        return (), tuple(Settings.from_environ(environ).warnings)
    except SettingsError as error:
        return error.problems, ()


# --- endpoints --------------------------------------------------------------

# what was pasted -> what is said of it, and whether it is quoted
NO_ENDPOINTS = [
    ("5", "names no host", True),
    ("contoso", "names no host", True),
    ("https://contoso", "names no host", True),
    ("gpt-5.4", "names no host", True),
    ("gpt-5.4-mini", "names no host", True),
    ("999.1.1.1", "names no host", True),
    ("http:/mine.openai.azure.com", "names no host", True),
    ("https://mine..azure.com", "names no host", True),
    ("https://a|b.example", "names no host", True),
    (f"https://{'y' * 64}.openai.azure.com", "names no host", False),
    ("https://", "is no address", True),
    ("[::1", "is no address", True),
    ("x" * 3_000, "is longer than an address", False),
    ("ftp://mine.openai.azure.com", "does not begin with https://", True),
    ("my resource", "has a blank or a line break", True),
    ("https://mine.openai.azure.com\nfoo", "has a blank or a line break", False),
    ("https://mine.openai.azure.com\udc80", "has a blank or a line break", False),
    ("sk-123456", "looks like a key", False),
    (HEX_KEY, "looks like a key", False),
    (LONG_KEY, "looks like a key", False),
    (f"https://{HEX_KEY}.openai.azure.com", "looks like a key", False),
    ("https://me:hunter2@mine.openai.azure.com", "holds a user name or a password", False),
    ("https://mine.openai.azure.com:abc", "names a port that is no number", True),
    ("https://mine.openai.azure.com:70000", "names a port that is no number", True),
    ("https://mine.openai.azure.com:0", "names a port that is no number", True),
    ("my-resource", "still is a sample's placeholder", True),
    ("https://my-resource.openai.azure.com", "still is a sample's placeholder", True),
    ("https://YOUR-RESOURCE.openai.azure.com", "still is a sample's placeholder", True),
    ("https://your_resource_name.openai.azure.com", "still is a sample's placeholder", True),
    ("https://<your-resource>.openai.azure.com", "still is a sample's placeholder", True),
    ("https://{resource}.openai.azure.com/", "still is a sample's placeholder", True),
    ("https://example-endpoint.openai.azure.com", "still is a sample's placeholder", True),
    ("${AZURE_OPENAI_ENDPOINT}", "still is a sample's placeholder", True),
    ("https://openai.azure.com", "names no resource", True),
    ("https://mine.azure.openai.com", "ends in azure.openai.com", True),
    ("/subscriptions/1/resourceGroups/g", "is the id of a resource", True),
    ("https://a.openai.azure.com,https://b.openai.azure.com", "more than one address", True),
    ("https://a.openai.azure.com; b.openai.azure.com", "more than one address", True),
    ("portal.azure.com", "is a page of the Azure portal", True),
    (
        "https://portal.azure.com/#@t.onmicrosoft.com/resource/subscriptions/3f2504e0-4f89-11d3-"
        "9a0c-0305e82c3301/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/mine",
        "is a page of the Azure portal",
        False,
    ),
    ("https://ms.portal.azure.com/#home", "is a page of the Azure portal", True),
    ("https://ai.azure.com/nextgen", "is a page of the Foundry portal", True),
    ("https://oai.azure.com/resource", "is a page of Azure OpenAI Studio", True),
    ("https://learn.microsoft.com/en-us/azure/ai", "is a page of Microsoft's manuals", True),
    ("https://api.openai.com/v1", "is OpenAI's own API", True),
    ("https://api.anthropic.com", "is Anthropic's API", True),
]


@pytest.mark.parametrize("setting", [ENDPOINT, FALLBACK])
@pytest.mark.parametrize(("value", "words", "is_quoted"), NO_ENDPOINTS)
def test_no_endpoint(setting: str, value: str, words: str, is_quoted: bool) -> None:
    if setting == FALLBACK and "," in value:
        return  # there may be several
    [problem], _ = tell({**COMPLETE, setting: value})
    assert problem.startswith(setting)
    assert words in problem
    assert (f"('{value}')" in problem) is is_quoted
    assert problem.endswith("such as https://my-resource.openai.azure.com.")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://mine.openai.azure.com", "travel unencrypted"),
        ("http://gateway.example", "travel unencrypted"),
        ("http://8.8.8.8/v1", "travel unencrypted"),
        ("https://mine.openai.azue.com", "did you mean .openai.azure.com?"),
        ("https://gateway.example/v1?code=1", "of which only api-version counts"),
    ],
)
def test_a_doubtful_endpoint(value: str, words: str) -> None:
    problems, [doubt] = tell({**COMPLETE, ENDPOINT: value})
    assert not problems
    assert doubt.startswith(ENDPOINT)
    assert words in doubt


@pytest.mark.parametrize(
    "value",
    [
        *("mine.openai.azure.com", "https://mine.services.ai.azure.com/api/projects/p"),
        *("http://localhost:4000", "localhost:4000/v1", "http://127.0.0.1:4000", "http://[::1]:1"),
        *("http://litellm", "http://litellm:4000/v1", "https://node1:8443", "http://10.1.2.3/v1"),
        *("http://gw.svc.cluster.local/v1", "https://bücher.example/v1", "http://node1.rack2/v1"),
        *("https://aoai-ujkx5q6d7lkoi.openai.azure.com", "https://gateway.example"),
    ],
)
def test_an_endpoint_of_which_nothing_is_said(value: str) -> None:
    assert tell({**COMPLETE, ENDPOINT: value}) == ((), ())


@pytest.mark.parametrize("endpoint", [HEX_KEY, LONG_KEY, "the-key"])
@pytest.mark.parametrize("key", ["https://mine.openai.azure.com", "mine.openai.azure.com/"])
def test_an_endpoint_and_a_key_that_have_changed_places(endpoint: str, key: str) -> None:
    [problem], _ = tell({**COMPLETE, ENDPOINT: endpoint, KEY: key})
    assert "have changed places" in problem
    assert endpoint not in problem


# --- all other settings -----------------------------------------------------

PROBLEMS = [
    (KEY, f"Bearer {HEX_KEY}", "begins with the name of a header"),
    (KEY, f"api-key: {HEX_KEY}", "begins with the name of a header"),
    (KEY, f"AZURE_OPENAI_API_KEY={HEX_KEY}", "begins with the name of a header or a setting"),
    (KEY, f"{HEX_KEY}\n{HEX_KEY}", "has a blank or a line break"),
    (KEY, "schlüssel", "has characters in it that no key has"),
    (KEY, "a\x00b", "has characters in it that no key has"),
    (KEY, "https://mine.openai.azure.com", "is an address"),
    *((KEY, model, "is the name of a model") for model in ("gpt-5.4", "gpt-35", "o3-mini", "o1")),
    *((KEY, sample, "a sample's placeholder") for sample in ("<your-key>", "YOUR_API_KEY", "***")),
    (KEY, '"quoted"', "stands in quotes"),
    (KEY, "\u2018quoted\u2019", "stands in quotes"),
    (VERSION, "20250101", "is '20250101': it can be v1, preview or a date such as"),
    *((VERSION, word, f"is '{word}'") for word in ("v2", "2025-13-01", "2025-1-1", "newest")),
    *((TOKEN, word, "a sample's placeholder") for word in ("<your token>", "changeme", "xxx")),
    (TOKEN, "Bearer a-token-of-mine", "begins with the name of a header"),
    (TOKEN, "good-token,https://x.example", "is an address"),
    (BIG, "my gpt", "has a blank"),
    (BIG, "team/gpt", "('team/gpt') has a character in it that no deployment on Azure has"),
    (BIG, "gpt:latest", "has a character in it that no deployment on Azure has"),
    (BIG, "gpt#1", "has a character in it that no deployment"),
    (BIG, "https://mine.openai.azure.com/openai/deployments/x", "is an address"),
    (BIG, "/openai/deployments/x", "is an address"),
    (BIG, HEX_KEY, "looks like a key"),
    (CURSOR, "<deployment>", "a sample's placeholder"),
    (CURSOR, "your-deployment-name", "a sample's placeholder"),
    *((SAFEGUARDS, name, "is no name of a deployment") for name in ("..", "../a", "..%2fa")),
    (SAFEGUARDS, "y" * 129, "is no name of a deployment"),
    (SAFEGUARDS, "on", "is 'on': it is the name of a deployment, or off"),
    ("BIG_EFFORT", "hihg", f"is 'hihg', and can be {EFFORTS}; did you mean high?"),
    ("SMALL_EFFORT", "1", f"is '1', and can be {EFFORTS}."),
    ("CURSOR_EFFORT", "gpt-high", "did you mean high?"),
    ("AZURE_OPENAI_API", "respones", "did you mean responses?"),
    ("REASONING_SUMMARY", "on", "can be auto, detailed, off"),
    ("CURSOR_REASONING_DISPLAY", "detail", "did you mean details?"),
    (
        "LOG_LEVEL",
        "warn",
        "is 'warn', and can be debug, info, warning, error; did you mean warning?",
    ),
    ("LOG_BODIES", "some", "is 'some', and can be true, false"),
    ("WEB_SEARCH", "maybe", "is 'maybe', and can be true, false"),
    ("ALLOW_ANONYMOUS", "ture", "did you mean true?"),
    (FUNCTION_TIMEOUT, "30 minutes", "is '30 minutes', and must read hh:mm:ss, or -1"),
    (FUNCTION_TIMEOUT, f"{'9' * 5000}:00:00", "must read hh:mm:ss"),
    *((FAMILIES, text, "must read deployment=model") for text in ("prod", "a=b,=o3", "a=")),
    *((CORS, text, "such as https://chat.example") for text in ("chat.example", "https://a/b")),
    (CORS, "https://*.example", "holds 'https://*.example'"),
    ("AZURE_OPENAI_ENTRA_SCOPE", "a scope", "is no scope"),
    ("AZURE_OPENAI_FALLBACK_API_KEY", "a-key", "there are 0 of these, and 1 of those"),
]


@pytest.mark.parametrize(("setting", "value", "words"), PROBLEMS)
def test_a_problem(setting: str, value: str, words: str) -> None:
    [problem], _ = tell({**COMPLETE, setting: value})
    assert problem.startswith((setting, "functionTimeout"))
    assert words in problem
    assert problem.endswith((".", "?"))
    assert value not in problem or setting not in (KEY, TOKEN)


DOUBTS: list[tuple[dict[str, str], str]] = [
    ({KEY: "sk-ant-api03-x"}, "looks like a key of Anthropic's"),
    ({KEY: "sk-proj-x"}, "looks like a key of OpenAI's"),
    ({KEY: str(uuid.UUID(int=5))}, "looks like the id of a subscription"),
    ({KEY: "eyJhbGciOi.eyJhdWQi.x"}, "looks like a token of Entra ID"),
    ({KEY: f"{HEX_KEY},{HEX_KEY}"}, "has a comma in it"),
    ({VERSION: "latest"}, "AZURE_API_VERSION is 'latest', which Azure calls v1 now"),
    ({**GATEWAY, VERSION: "V3"}, "AZURE_API_VERSION is 'V3', which no API of Azure's is called"),
    ({TOKEN: "abc"}, "is short enough to be guessed"),
    ({TOKEN: "a token of mine"}, "has a blank"),
    ({TOKEN: "tökenofmine"}, "has characters in it that some clients cannot send"),
    ({TOKEN: f"other-token,{COMPLETE[KEY]}"}, "ANTHROPIC_AUTH_TOKEN is a key of Azure"),
    ({BIG: "claude-sonnet-5", FAMILIES: ""}, "'claude-sonnet-5', the name of a Claude model"),
    ({CURSOR: "gpt-high"}, "'gpt-high', a model id for Cursor's settings"),
    ({BIG: "prod"}, "name it, such as AZURE_MODEL_FAMILIES=prod=gpt-5.4."),
    ({BIG: "a1B2c3D4e5F6g7H8i9"}, "name it, such as AZURE_MODEL_FAMILIES=ITS-NAME=gpt-5.4."),
    ({BIG: "prod", FAMILIES: "prod=gtp-5.4"}, "did you mean gpt-5.4?"),
    ({BIG: "prod", FAMILIES: "prod=zzz"}, "names 'zzz' as the model of 'prod'"),
    ({FAMILIES: "gpt-5.4=prod"}, "did you mean 'prod' first, and its model behind the =?"),
    ({FAMILIES: "prod=gpt-5.4"}, "names the deployment 'prod', which no other setting names"),
    ({"AZURE_OPENAI_ENTRA_SCOPE": "api://x"}, "does not end in /.default"),
    ({"ANTROPIC_AUTH_TOKEN": "x"}, "ANTROPIC_AUTH_TOKEN is no setting of this proxy: did you mean"),
    ({"BIGMODEL": "x"}, "did you mean BIG_MODEL?"),
    ({"AZURE_OPENAI_ENDPOINTS": "x"}, "did you mean AZURE_OPENAI_ENDPOINT?"),
    ({"azure_openai_ednpoint": "x"}, "did you mean AZURE_OPENAI_ENDPOINT?"),
    ({"OPENAI_API_VERSION": "x"}, "did you mean AZURE_API_VERSION?"),
    ({KEY: "", "OPENAI_API_KEY": "x"}, "did you mean AZURE_OPENAI_API_KEY?"),
]


@pytest.mark.parametrize(("environ", "words"), DOUBTS)
def test_a_doubt(environ: dict[str, str], words: str) -> None:
    problems, warnings = tell({**COMPLETE, **environ})
    assert not problems
    assert sum(words in warning for warning in warnings) == 1
    assert all(warning.endswith((".", "?")) for warning in warnings)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {KEY: LONG_KEY},
        {**GATEWAY, KEY: "sk-a-gateway-may-ask-for-these"},
        {**GATEWAY, BIG: "openai/gpt-5.4:latest", FAMILIES: "openai/gpt-5.4:latest=gpt-5.4"},
        {BIG: "claude", FAMILIES: "claude=gpt-5.4"},
        {"OPENAI_API_KEY": "x", "AZURE_OPENAI_KEY": "x"},  # ours is set
        {"ANTHROPIC_BASE_URL": "x", "ANTHROPIC_API_KEY": "x", "AZURE_CLIENT_ID": "x"},
        {"AZURE_OPENAI_API_KEY_2": "x", "WEBSITE_SITE_NAME": "x", "SMALLEST_MODEL": "x"},
        {"CONTAINER_NAME": "'x'", "PATH": '"/usr/bin"'},  # not ours to judge
    ],
)
def test_what_nothing_is_said_of(environ: dict[str, str]) -> None:
    assert tell({**COMPLETE, **environ}) == ((), ())


def test_a_setting_that_is_missing_names_the_one_that_was_misspelt() -> None:
    [problem], _ = tell({**COMPLETE, ENDPOINT: " ", "AZURE_OPENAI_API_BASE": "https://x"})
    assert problem.startswith(f"{ENDPOINT} is not set, but AZURE_OPENAI_API_BASE is: it must be")
    [problem], _ = tell({**COMPLETE, ENDPOINT: ""})
    assert problem.startswith(f"{ENDPOINT} is not set: it must be")


def test_what_is_pasted_in_the_endpoint_is_checked_where_it_stands() -> None:
    pasted = f"{COMPLETE[ENDPOINT]}/openai/deployments/b%20c/chat?api-version=2025"
    problems, _ = tell({ENDPOINT: pasted, KEY: HEX_KEY})
    assert [problem.partition(" in ")[0] for problem in problems] == [
        "The api-version",
        "The deployment",
    ]


# --- whatever there is ------------------------------------------------------


def make_secrets(seed: int) -> Iterator[str]:
    """As Azure, OpenAI, Entra ID and people make them."""
    source = random.Random(seed)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    azure = "".join(source.choices(letters, k=84))
    yield source.randbytes(16).hex()
    yield azure
    yield azure[:24]
    yield f"sk-proj-{azure[:20]}"
    yield f"Bearer {azure}"
    yield str(uuid.UUID(bytes=source.randbytes(16)))
    yield urlsafe_b64encode(source.randbytes(32)).decode().rstrip("=")
    yield f"eyJ{azure[:30]}.eyJ{azure[30:50]}.{azure[50:]}"


NAMES = (*SETTINGS, FUNCTION_TIMEOUT)
SHAPES = ["{}", "https://{}.openai.azure.com", "https://x:{}@y.example", "gpt-5.4,{}", '"{}"']


@given(st.integers(0, 2**32), st.sampled_from(NAMES), st.sampled_from(SHAPES))
def test_no_secret_is_ever_told_wherever_it_stands(seed: int, name: str, shape: str) -> None:
    for secret in make_secrets(seed):
        told = tell({**COMPLETE, name: shape.format(secret)})
        assert secret not in str(told)
        assert secret.removeprefix("Bearer ") not in str(told)


@given(
    st.sampled_from(SECRETS), st.sampled_from(NAMES), st.from_regex(r"[a-z]{12,20}", fullmatch=True)
)
def test_the_words_of_a_secret_are_told_nowhere_else(secret: str, name: str, words: str) -> None:
    told = tell({**COMPLETE, secret: words, name: words})
    assert words not in str(told)


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from([value for value, *_ in NO_ENDPOINTS]),
    st.sampled_from([value for _, value, _ in PROBLEMS]),
    st.text("htps:/[]@.%?#&=,;-09ae \udc80é", max_size=40),
)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=20), VALUES, max_size=8))
def test_any_environment_gives_settings_or_one_error(environ: dict[str, str]) -> None:
    for each in (environ, {**COMPLETE, **environ}):
        problems, warnings = tell(each)
        for sentence in (*problems, *warnings):
            assert sentence.isprintable()
            assert len(sentence) < 500
