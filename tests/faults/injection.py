"""Runs cases of the table: the whole core, over real connections, against simulated resources."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.settings import Settings
from tests.faults.azure_here import AzureHere, Network, azure_here
from tests.faults.clients import Ending, ask, body_of
from tests.faults.table import Case, Scene
from tests.virtual_time import run

MARKER = "an unmistakable prompt"
KEY = "simulated-key"
ALWAYS = 1_000_000


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    ending: Ending
    asked: int  # how often the first resource was
    left_open: int  # calls to Azure, once the request had ended


def find_problem(result: Result) -> str:
    """What is wrong with how a request ended; empty where it was handled."""
    case, ending = result.case, result.ending
    refusal = case.row.status if case.client == "claude" else 400
    match ending:
        case Ending(how) if how not in case.expected:
            return f"{how}, not {' or '.join(case.expected)}"
        case Ending("refused", status) if status != refusal:
            return f"refused with {status}, not {refusal}"
        case Ending("served", text=text, stop_reason="end_turn" | "stop") if "Hello" not in text:
            return "served without the reply's text"
        case Ending("refused" | "told", text=text) if not text.strip() or KEY in text:
            return "not told what went wrong, or told the key"
        case _:
            return "a call to Azure was left open" if result.left_open else ""


def inject(cases: Iterable[Case]) -> list[Result]:
    """The results, in order. Takes no time but the machine's own: minutes pass in virtual time."""
    return run(_inject_all([*cases]))


async def _inject_all(cases: list[Case]) -> list[Result]:
    async with azure_here("first") as first, azure_here("second") as second:
        return [await _inject(case, first, second) for case in cases]


async def _inject(case: Case, first: AzureHere, second: AzureHere) -> Result:
    for azure in (first, second):
        azure.simulator.reset()
    settings = Settings.from_environ(_environ(case, first, second))
    # One for each case: nothing is known from earlier ones.
    proxy = Proxy(settings, Azure(settings, Network(first, second)))
    if case.scene != "after a word":
        times = 1 if case.scene == "once" else ALWAYS
        first.simulator.faults.arm(case.row.name, times, case.row.after_events)
    body = body_of(case.client, _prompt(case.scene, case.row.name), stream=case.stream)
    ending = await ask(proxy, case.client, body)
    await asyncio.sleep(1.0)  # in which a connection is closed
    return Result(case, ending, len(first.requests), first.open_requests + second.open_requests)


def _environ(case: Case, first: AzureHere, second: AzureHere) -> dict[str, str]:
    surface = "/v1" if case.api == "responses" else ""
    environ = {
        "AZURE_OPENAI_ENDPOINT": f"{first.url}/openai{surface}",
        "AZURE_OPENAI_API_KEY": KEY,
        "BIG_MODEL": "gpt-5.4",
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
    }
    if case.api == "chat":  # found out and not set, for what is set is not changed by a lesson
        environ["AZURE_API_VERSION"] = "2025-04-01-preview"
        environ["AZURE_MODEL_FAMILIES"] = "gpt-5.4=gpt-5.2"
    if case.scene == "fallback":
        environ["AZURE_OPENAI_FALLBACK_ENDPOINT"] = f"{second.url}/openai{surface}"
        environ["AZURE_OPENAI_FALLBACK_API_KEY"] = KEY
    return environ


def _prompt(scene: Scene, fault: str) -> str:
    match scene:
        case "after a word":
            return f"{MARKER} [[slow 1]] [[say Hello, here I am]] [[error {fault}]]"
        case _:
            return f"{MARKER} [[say Hello]]"
