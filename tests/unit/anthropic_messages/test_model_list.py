"""The list of models is what the official SDK takes it for."""

from anthropic.types import ModelInfo
from pydantic import TypeAdapter

from proxy_core.anthropic_messages.model_list import write_model, write_models
from proxy_core.deployments.models import Deployment, find_family

MODEL = write_model("claude-x", Deployment("prod", "responses", find_family("gpt-5.2")))


def test_a_model_says_which_deployment_answers_and_how_much_it_takes() -> None:
    info = TypeAdapter(ModelInfo).validate_python(MODEL)
    assert (info.id, info.display_name) == ("claude-x", "prod on Azure OpenAI")
    assert (info.max_input_tokens, info.max_tokens) == (272_000, 128_000)


def test_a_list_names_its_ends() -> None:
    models = write_models([MODEL, MODEL | {"id": "claude-y"}])
    assert (models["first_id"], models["last_id"], models["has_more"]) == (
        "claude-x",
        "claude-y",
        False,
    )
    assert write_models([])["first_id"] is None
