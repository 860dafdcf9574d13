"""The names of settings: all are listed, and which is meant where one is misspelt."""

import json
from pathlib import Path

import pytest

from proxy_core.configuration.names import (
    NEIGHBOURS,
    SETTINGS,
    find_misspelt,
    find_nearest,
    find_unknown,
    say,
    spell,
)

SAMPLE = Path(__file__).parents[3] / "local.settings.sample.json"


def test_the_sample_names_every_setting_and_nothing_else() -> None:
    names = json.loads(SAMPLE.read_text(encoding="utf-8"))["Values"].keys()
    assert {*SETTINGS} - {"LOG_FORMAT"} <= {*names}
    assert not [*find_unknown(names)]


def test_what_neighbours_call_it_is_never_a_name_of_ours() -> None:
    assert not NEIGHBOURS.keys() & {*SETTINGS}
    assert {*NEIGHBOURS.values()} <= {*SETTINGS}


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_a_letter_too_many_too_few_or_elsewhere_is_seen(setting: str) -> None:
    swapped = setting[:-2] + setting[:-3:-1]
    for name in (
        f"{setting}S",
        setting[:-1],
        setting.replace("_", ""),
        f"{setting[:-1]}#",
        swapped,
    ):
        if name in SETTINGS or name == setting:
            continue
        [(wrong, meant)] = find_misspelt([name])
        assert (wrong, meant) in [(name, setting), (name, NEIGHBOURS.get(name))]


@pytest.mark.parametrize(
    "name",
    [
        *("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_MODEL", "AZURE_CLI_VERSION"),
        *("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_OPENAI_API_KEY_2", "BIG_MODEL1", "MODEL"),
        *("AZURE_SUBSCRIPTION_ID", "OPENAI_ORG_ID", "WEB_SEARCHES_LEFT", "", "A", "_"),
    ],
)
def test_names_of_other_programs_are_left_alone(name: str) -> None:
    assert not [*find_misspelt([name, *SETTINGS])]


def test_the_names_of_the_platform_belong_in_our_file() -> None:
    platform = ["FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "AZURE_CLIENT_ID", "https_proxy"]
    others = ["PYTHON_ENABLE_INIT_INDEXING", "OTEL_X", "AzureFunctionsJobHost__functionTimeout"]
    assert not [*find_unknown([*platform, *others, "Big_Model"])]
    assert [*find_unknown(["AZURE_OPENAI_KEY", "BIG_MODEL_EU", "Nonsense"])] == [
        ("AZURE_OPENAI_KEY", "AZURE_OPENAI_API_KEY"),
        ("BIG_MODEL_EU", "BIG_MODEL"),
        ("Nonsense", ""),
    ]


def test_nearest_and_said() -> None:
    assert find_nearest("hgih", ("low", "high")) == "high"
    assert find_nearest("x", ("low", "high")) == ""
    assert say("X", "") == "X is no setting of this proxy."
    assert say("X", "Y", " in a file") == "X in a file is no setting of this proxy: did you mean Y?"
    assert (spell("big_Model"), spell("Path")) == ("BIG_MODEL", "Path")
