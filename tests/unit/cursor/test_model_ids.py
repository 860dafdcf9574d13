"""The model ids that users add in Cursor, and the effort they choose."""

import pytest

from proxy_core.conversation import Effort
from proxy_core.cursor.model_ids import IDS, list_models, read_effort, read_model
from proxy_core.errors import NotFound


@pytest.mark.parametrize(
    ("id", "effort"),
    [
        ("gpt-high", "high"),
        ("gpt-medium", "medium"),
        ("gpt-low", "low"),
        ("gpt-minimal", "minimal"),
        ("GPT-HIGH", "high"),
        ("Gpt-Minimal", "minimal"),
        # what Cursor's picker appends
        ("gpt-high-fast", "high"),
        ("GPT-Low-Fast", "low"),
        ("gpt-low-thinking-high", "low"),  # the id is the user's word
        ("gpt-5.4-thinking-high", "high"),
        ("GPT-5.4-Thinking-XHigh", "xhigh"),
        ("gpt-5.4-fast-thinking-low", "low"),
        ("gpt-5.4-thinking-low-fast", "low"),
        ("claude-5-sonnet-thinking-none", "none"),
        ("gpt-5.4-thinking-high-thinking-low", "low"),  # the last word counts
        ("gpt-5.4-thinking-high-thinking-1", "high"),
        ("-thinking-high", "high"),
    ],
)
def test_an_id_that_names_an_effort(id: str, effort: Effort) -> None:
    assert read_effort(id) == effort


@pytest.mark.parametrize(
    "id",
    [
        "",
        "gpt-5.4",
        "gpt-5.4-fast",
        "gpt-highest",
        "gpt-high2",
        "my-gpt-high",
        "high",
        "claude-5-sonnet-thinking",
        "claude-5-sonnet-thinking-hard",
        "gpt-5.4-thinking-",
        "gpt-5.4-thinking-high-thinking-hard",
        "thinking-high",
        "-thinking-high-\n",
    ],
)
def test_an_id_that_names_none(id: str) -> None:
    assert read_effort(id) is None


def test_the_list_offers_the_ids_in_openais_shape() -> None:
    listed = list_models()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == [
        "gpt-high",
        "gpt-medium",
        "gpt-low",
        "gpt-minimal",
    ]
    assert listed["data"] == [read_model(id, "") for id in IDS]
    assert read_model("gpt-high", "") == {
        "id": "gpt-high",
        "object": "model",
        "created": 0,
        "owned_by": "azure-openai",
    }


@pytest.mark.parametrize("id", ["GPT-Low-fast", "any-thinking-high", "my-gpt"])
def test_an_id_that_means_something(id: str) -> None:
    assert read_model(id, "my-gpt")["id"] == id


@pytest.mark.parametrize("id", ["gpt-5", "", "My-GPT", "x" * 200])
def test_and_one_that_means_nothing(id: str) -> None:
    with pytest.raises(NotFound) as caught:
        read_model(id, "my-gpt")
    assert caught.value.code == "model_not_found"
    assert len(caught.value.message) < 100
