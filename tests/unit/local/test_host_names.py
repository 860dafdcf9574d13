"""Hosts that settings name and nobody knows. The resolver is made up."""

import socket

import pytest

from local.host_names import unknown_hosts

HERE = "https://here.openai.azure.com"
NOWHERE = "https://my-typo.invalid/openai/v1"


def resolve(host: str, _: int) -> list[object]:
    match host:
        case "my-typo.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "No.")
        case "later.invalid":
            raise socket.gaierror(socket.EAI_AGAIN, "Later.")
        case _ if len(host) > 63:
            raise UnicodeError("label too long")
        case _:
            return []


@pytest.mark.parametrize(
    ("environ", "sentences"),
    [
        ({}, []),
        ({"AZURE_OPENAI_ENDPOINT": HERE}, []),
        ({"AZURE_OPENAI_ENDPOINT": "https://later.invalid"}, []),
        ({"AZURE_OPENAI_ENDPOINT": f"https://{'x' * 99}"}, []),
        (
            {"AZURE_OPENAI_ENDPOINT": NOWHERE},
            ["There is no host of the name my-typo.invalid: check AZURE_OPENAI_ENDPOINT."],
        ),
        (
            {
                "AZURE_OPENAI_ENDPOINT": HERE,
                "AZURE_OPENAI_FALLBACK_ENDPOINT": f"{HERE}, my-typo.invalid",
            },
            ["There is no host of the name my-typo.invalid: check AZURE_OPENAI_FALLBACK_ENDPOINT."],
        ),
        ({"AZURE_OPENAI_ENDPOINT": "[::1"}, []),
        ({"AZURE_OPENAI_ENDPOINT": NOWHERE, "HTTPS_PROXY": "http://proxy"}, []),
    ],
)
def test_what_nobody_knows_is_said(
    environ: dict[str, str], sentences: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert [*unknown_hosts(environ)] == sentences
