"""What is kept of an examination: an exchange as the golden tests read it, and nobody's secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.azure_simulator import RunningSimulator
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.doctor.recording import Recording, Redaction
from proxy_core.settings import Settings
from tests.golden.test_exchanges import play
from tests.unit.doctor.examining import KEY, examine, settings_for


def record(environ: dict[str, str], folder: Path) -> list[Path]:
    redaction = Redaction(Settings.from_environ(environ))

    def keep(recording: Recording) -> None:
        for path, text in redaction.write(recording):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())

    examine(environ, "full", record=keep)
    return sorted(file.parent for file in folder.rglob("client_request.json"))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"AZURE_OPENAI_API": "chat", "BIG_MODEL": "gpt-5.2", "SMALL_MODEL": "gpt-5.2"},
        {"BIG_MODEL": "gpt-5-pro", "SMALL_MODEL": "gpt-5-pro"},
        {"BIG_MODEL": "prod", "SMALL_MODEL": "prod", "REASONING_SUMMARY": "detailed"},
        {"BIG_MODEL": "missing-one", "SMALL_MODEL": "missing-one"},
    ],
    ids=["responses", "chat", "in one piece", "unknown", "refused"],
)
def test_a_recording_is_a_golden_exchange(
    simulator: RunningSimulator, tmp_path: Path, more: dict[str, str]
) -> None:
    cases = record(settings_for(simulator, **more), tmp_path)
    assert cases
    for case in cases:
        sent = (case / "upstream_request.json").read_text(encoding="utf-8")
        play(case, update=True)  # it writes what the client gets, and all else anew
        assert (case / "upstream_request.json").read_text(encoding="utf-8") == sent
        play(case, update=False)


def test_nothing_in_it_tells_whose_it_is(simulator: RunningSimulator, tmp_path: Path) -> None:
    environ = settings_for(simulator, BIG_MODEL="prod", SMALL_MODEL="missing-own")
    record({**environ, "AZURE_MODEL_FAMILIES": "prod=gpt-5.4"}, tmp_path)
    files = [file for file in tmp_path.rglob("*.*") if file.is_file()]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    sent = [item for record in simulator.requests for item in record.body["input"]]
    sealed = [item["encrypted_content"] for item in sent if "encrypted_content" in item]
    assert sealed
    for secret in (
        *sealed,
        KEY,
        "127.0.0.1",
        '"prod"',
        "missing-own",
        simulator.simulator.resource,
    ):
        assert secret not in text
    assert '"encrypted_content":"gAAAArecorded_1"' in text


def test_a_refusal_is_kept_as_it_came(simulator: RunningSimulator, tmp_path: Path) -> None:
    record(settings_for(simulator, SMALL_MODEL=""), tmp_path)
    folder = tmp_path / "anthropic" / "responses" / "recorded_gpt-5.4_effort_minimal"
    assert not (folder / "client_request.json").exists()  # no client could ask for it
    kept = json.loads((folder / "upstream_error.json").read_bytes())
    assert kept["status"] == 400
    assert kept["headers"] == {"content-type": "application/json"}
    assert "Supported values are" in json.loads(kept["body"])["error"]["message"]


DEPLOYMENT = Deployment("prod", "responses", find_family("gpt-5.4"))
SETTINGS = Settings.from_environ(
    {"AZURE_OPENAI_ENDPOINT": "my-company.openai.azure.com", "AZURE_OPENAI_API_KEY": KEY}
)


def written(**fields: Any) -> dict[str, str]:
    recording = Recording("story", DEPLOYMENT, {}, None, **fields)
    return dict(Redaction(SETTINGS).write(recording))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("The principal `0a1b2c3d-0000-1111-2222-333344445555` lacks", "The principal `00000000`"),
        ("my-company.openai.azure.com and MY-COMPANY", "host.example and"),
        ("/subscriptions/abc/resourceGroups/mine is", "/subscriptions/… is"),
        ("ada@example.org from 20.1.2.3", "someone@example.com from 0.0.0.0"),
        (f"Bearer {KEY} and {KEY}", "Bearer … and …"),
        ("prod, not prod-2 or gpt-5.4", "deployment, not prod-2 or gpt-5.4"),
        ("request 0123456789abcdef0123456789abcdef", "request 00000000"),
    ],
)
def test_words_that_would_tell(said: str, kept: str) -> None:
    files = written(refusal=(401, said.encode()), headers={"Retry-After": "1", "x-id": "a"})
    error = json.loads(files["anthropic/responses/recorded_gpt-5.4_story/upstream_error.json"])
    assert error["body"].startswith(kept)
    assert error["headers"] == {"Retry-After": "1"}


def test_ids_are_replaced_by_the_same_wherever_they_come_again() -> None:
    events = [
        {"type": "a", "item_id": "rs_secret", "created_at": 5, "n": 1, "id": ""},
        {"type": "b", "item": {"id": "rs_secret", "signature": "not ours"}},
        {"type": "c", "id": "other", "created": 0},
    ]
    stream = "".join(f"event: {e['type']}\r\ndata: {json.dumps(e)}\r\n\r\n" for e in events)
    files = written(reply=f"{stream}data: [DONE]\n\n".encode())
    kept = files["anthropic/responses/recorded_gpt-5.4_story/upstream_reply.sse"]
    assert kept == (
        'event: a\r\ndata: {"type":"a","item_id":"rs_1","created_at":1700000000,"n":1,"id":""}'
        '\r\n\r\nevent: b\r\ndata: {"type":"b","item":{"id":"rs_1","signature":"…"}}\r\n\r\n'
        'event: c\r\ndata: {"type":"c","id":"id_1","created":0}\r\n\r\ndata: [DONE]\n\n'
    )


def test_a_story_that_is_told_twice_has_two_folders() -> None:
    redaction = Redaction(SETTINGS)
    recording = Recording("story", DEPLOYMENT, {}, None, b"data: 1\n\n")
    folders = [{path.rpartition("/")[0] for path, _ in redaction.write(recording)} for _ in "ab"]
    assert folders == [
        {"anthropic/responses/recorded_gpt-5.4_story"},
        {"anthropic/responses/recorded_gpt-5.4_story_2"},
    ]
