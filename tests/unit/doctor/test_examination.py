"""What the doctor finds where all is well, and what it costs."""

import pytest

from local.azure_simulator import RunningSimulator
from proxy_core.doctor import Depth
from tests.unit.doctor.examining import KEY, examine, one, settings_for, states

FREE = {"settings": "ok", "dns": "skipped", "tls": "skipped", "models": "ok"}
ALL = (
    "first",
    "stream",
    "tool",
    "parallel",
    "effort_lowest",
    "effort_highest",
    "efforts",
    "summary",
    "replay",
    "image",
    "schema",
    "cache",
)


def test_a_responses_deployment_where_all_is_well(simulator: RunningSimulator) -> None:
    findings, doctor = examine(settings_for(simulator), "full")
    assert states(findings) == {**FREE, **dict.fromkeys(ALL, "ok")}
    assert one(findings, "efforts").detail == "none, low, medium, high, xhigh"
    assert one(findings, "first").group == "gpt-5.4 (BIG_MODEL, SMALL_MODEL)"
    assert doctor.settings_to_change == ()
    assert {record.path for record in simulator.requests} == {"/openai/v1/responses"}
    assert [record.problems for record in simulator.requests if record.status == 200] == [
        [] for record in simulator.requests if record.status == 200
    ]


def test_a_chat_deployment_where_all_is_well(simulator: RunningSimulator) -> None:
    environ = settings_for(simulator, BIG_MODEL="gpt-5.2", SMALL_MODEL="", AZURE_OPENAI_API="chat")
    findings, _ = examine({**environ, "SMALL_MODEL": "gpt-5.2"}, "full")
    skipped = dict.fromkeys(("summary", "replay"), "skipped")
    assert states(findings) == {**FREE, **dict.fromkeys(ALL, "ok"), **skipped}
    assert {record.path for record in simulator.requests} == {"/openai/v1/chat/completions"}


def test_a_fallback_is_asked_as_well(simulator: RunningSimulator) -> None:
    # the same simulator by another name of this machine
    other = simulator.url.replace("127.0.0.1", "localhost")
    environ = settings_for(
        simulator,
        AZURE_OPENAI_FALLBACK_ENDPOINT=f"{other}/openai/v1",
        AZURE_OPENAI_FALLBACK_API_KEY=KEY,
    )
    findings, _ = examine(environ)
    assert {finding.state for finding in findings} <= {"ok", "skipped"}
    groups = dict.fromkeys(finding.group for finding in findings)
    assert [*groups] == [
        "Settings",
        "127.0.0.1 (AZURE_OPENAI_ENDPOINT)",
        "localhost (AZURE_OPENAI_FALLBACK_ENDPOINT)",
        "gpt-5.4 (BIG_MODEL, SMALL_MODEL) on 127.0.0.1",
        "gpt-5.4 (BIG_MODEL, SMALL_MODEL) on localhost",
    ]


@pytest.mark.parametrize("depth", ["first", "quick", "full"])
@pytest.mark.parametrize("model", ["gpt-5.4", "gpt-5.2", "gpt-4.1", "gpt-5-pro", "o1", "prod"])
def test_what_was_announced_is_no_less_than_what_it_cost(
    simulator: RunningSimulator, depth: Depth, model: str
) -> None:
    findings, doctor = examine(settings_for(simulator, BIG_MODEL=model, SMALL_MODEL=model), depth)
    plan = doctor.plan(depth)
    assert not [finding for finding in findings if finding.state == "failed"]
    assert doctor.spent.calls == len(simulator.requests) <= plan.calls
    assert doctor.spent.tokens <= plan.tokens


def test_every_deployment_is_named_once(simulator: RunningSimulator) -> None:
    environ = settings_for(
        simulator,
        SMALL_MODEL="gpt-5.4-mini",
        CURSOR_AZURE_DEPLOYMENT="gpt-5.4",
        SAFEGUARDS_MODEL="gpt-5.4-nano",
    )
    findings, doctor = examine(environ, "first")
    assert [finding.group for finding in findings] == [
        "gpt-5.4 (BIG_MODEL, CURSOR_AZURE_DEPLOYMENT)",
        "gpt-5.4-mini (SMALL_MODEL)",
        "gpt-5.4-nano (SAFEGUARDS_MODEL)",
    ]
    assert doctor.plan("first").deployments == 3


def test_without_a_deployment_there_is_nothing_to_ask(simulator: RunningSimulator) -> None:
    findings, _ = examine(settings_for(simulator, BIG_MODEL="", SMALL_MODEL=""))
    assert any("No deployment is named" in finding.detail for finding in findings)
    assert simulator.requests == []


def test_models_that_answer_in_one_piece(simulator: RunningSimulator) -> None:
    findings, _ = examine(settings_for(simulator, BIG_MODEL="o1", SMALL_MODEL="o1"), "full")
    found = states(findings)
    assert found["first"] == found["replay"] == "ok"
    assert found["stream"] == found["parallel"] == found["summary"] == "skipped"


def test_another_makers_model(simulator: RunningSimulator) -> None:
    environ = settings_for(simulator, BIG_MODEL="mistral-large", SMALL_MODEL="mistral-large")
    findings, _ = examine(environ, "full")
    found = states(findings)
    assert {found[id] for id in ("first", "stream", "tool", "parallel", "schema")} == {"ok"}
    assert {found[id] for id in ("effort_lowest", "efforts", "replay", "cache")} == {"skipped"}


# --- What its model is not known to be ---


def test_a_name_that_tells_nothing(simulator: RunningSimulator) -> None:
    """Azure's list of efforts shows which models it may be."""
    findings, doctor = examine(
        settings_for(simulator, BIG_MODEL="prod", SMALL_MODEL="prod"), "full"
    )
    efforts = one(findings, "efforts")
    assert efforts.state == "warning"
    assert "none, low, medium, high, xhigh" in efforts.detail
    assert "gpt-5.4" in efforts.remedy
    assert doctor.settings_to_change == ("AZURE_MODEL_FAMILIES=prod=gpt-5.2",)


def test_a_family_that_is_another(simulator: RunningSimulator) -> None:
    environ = settings_for(
        simulator,
        BIG_MODEL="prod",
        SMALL_MODEL="prod",
        AZURE_MODEL_FAMILIES="other=gpt-4.1,prod=gpt-5.6",
    )
    findings, doctor = examine(environ, "full")
    assert one(findings, "effort_highest").state == "failed"
    assert "max" in one(findings, "effort_highest").detail
    assert one(findings, "efforts").state == "warning"
    assert doctor.settings_to_change == ("AZURE_MODEL_FAMILIES=other=gpt-4.1,prod=gpt-5.2",)


def test_a_model_without_the_responses_api(simulator: RunningSimulator) -> None:
    findings, doctor = examine(settings_for(simulator, BIG_MODEL="odd", SMALL_MODEL="odd"))
    first = one(findings, "first")
    assert first.state == "warning"
    assert "Model not supported" in first.detail
    assert doctor.settings_to_change == ("AZURE_OPENAI_API=chat",)


def test_one_such_model_does_not_change_the_api_of_the_others(
    simulator: RunningSimulator,
) -> None:
    findings, doctor = examine(settings_for(simulator, SMALL_MODEL="odd"))
    assert [f.state for f in findings if f.id == "first"] == ["ok", "warning"]
    assert doctor.settings_to_change == ()


def test_a_resource_without_the_responses_api(simulator: RunningSimulator) -> None:
    simulator.fail_next("resource_not_found")
    findings, doctor = examine(settings_for(simulator), "first")
    assert one(findings, "first").state == "warning"
    assert doctor.settings_to_change == ("AZURE_OPENAI_API=chat",)
