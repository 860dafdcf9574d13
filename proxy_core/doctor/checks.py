"""The checks of one deployment, one after the other: what each asks, and what it makes of it.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxy_core.deployments.models import UNKNOWN, Deployment
from proxy_core.doctor import bodies
from proxy_core.doctor.answer import Answer
from proxy_core.doctor.efforts import check_efforts
from proxy_core.doctor.families import name_family
from proxy_core.doctor.finding import Verdict
from proxy_core.doctor.visit import Visit
from proxy_core.errors import UpstreamError, as_sentence

MOST_QUOTED = 200  # characters of what Azure said


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    title: str
    run: Callable[[Visit], Awaitable[Verdict]]
    calls: int = 1
    tokens: int = 0  # roughly, for a small model that thinks
    lacks: Callable[[Deployment], str] = lambda _: ""  # why a deployment is not asked


# --- What each makes of the answer ---


def check_first(effort: str) -> Callable[[Visit], Awaitable[Verdict]]:
    async def check(visit: Visit) -> Verdict:
        asked, name = visit.deployment.api, visit.deployment.name
        body = bodies.small(name, effort)  # type: ignore[arg-type]  # the user's own, or medium
        answer, taught = await visit.ask_as_the_proxy("first_call", body)
        if taught is None:
            return _ended(answer, f"{_count(answer)} through {_named(visit)}", by_limit="ok")
        said = f"Azure refused at first: {_quote(taught)}"
        if visit.deployment.api != asked:
            other = _named(visit)
            return Verdict(
                "warning",
                f"{said} {other} works.",
                f"The proxy finds {other} by itself, once an hour. Set it to save that.",
                (f"AZURE_OPENAI_API={visit.deployment.api}",),
            )
        return Verdict(
            "warning",
            f"{said} It works without that.",
            "The proxy leaves it out by itself. If the model is another than its name says, "
            "name it in AZURE_MODEL_FAMILIES.",
            name_family(visit, visit.lesson.efforts),
        )

    return check


async def check_stream(visit: Visit) -> Verdict:
    answer = await visit.ask("streaming", bodies.counting(visit.deployment.name))
    if not answer.is_streamed:
        return Verdict(
            "warning",
            "The reply came in one piece, although a stream was asked for.",
            "Look at what stands between the proxy and Azure: a gateway may hold replies back.",
        )
    return _ended(answer, f"{len(answer.deltas)} pieces of text")


async def check_tool(visit: Visit) -> Verdict:
    answer = await visit.ask("forced_tool", bodies.one_call(visit.deployment.name))
    names = [call.name for call in answer.calls if _is_object(call.arguments)]
    if names != ["get_weather"]:
        return _not_done(answer, "The model was made to call a tool, and did not call it once.")
    return Verdict(detail="called as asked for")


async def check_parallel(visit: Visit) -> Verdict:
    answer = await visit.ask("parallel_tools", bodies.two_calls(visit.deployment.name))
    if len(answer.calls) < 2:
        return _not_done(answer, f"Two calls were asked for, and {len(answer.calls)} made.")
    return Verdict(detail=f"{len(answer.calls)} calls in one reply")


async def check_lowest(visit: Visit) -> Verdict:
    return await _check_end(visit, 0, "lowest_effort")


async def check_highest(visit: Visit) -> Verdict:
    return await _check_end(visit, -1, "highest_effort")


async def _check_end(visit: Visit, end: int, story: str) -> Verdict:
    effort = visit.deployment.efforts[end]
    await visit.ask(story, bodies.small(visit.deployment.name, effort))
    return Verdict(detail=effort)


async def check_summary(visit: Visit) -> Verdict:
    answer = await visit.ask("summary", bodies.puzzle(visit.deployment.name, shown=True))
    if not answer.summary.strip():
        return _not_done(answer, "The model gave no summary of its reasoning this time.")
    return Verdict(detail="reasoning is shown")


async def check_replay(visit: Visit) -> Verdict:
    name = visit.deployment.name
    answer = await visit.ask("reasoning_sealed", bodies.puzzle(name))
    if not answer.reasoning:
        return _not_done(answer, "Azure sent no encrypted reasoning this time.")
    if not answer.text:
        return _not_done(answer, "The model said nothing that its reasoning could belong to.")
    continued = bodies.puzzle_continued(name, answer.write_content())
    await visit.ask("reasoning_replayed", continued)
    return Verdict(detail="taken back")


async def check_image(visit: Visit) -> Verdict:
    answer = await visit.ask("image", bodies.picture(visit.deployment.name))
    return _ended(answer, "taken")


async def check_schema(visit: Visit) -> Verdict:
    answer = await visit.ask("strict_schema", bodies.structured(visit.deployment.name))
    if not _is_object(answer.text, *bodies.ASKED_FOR):
        return _not_done(answer, "The reply does not fit the schema that was asked for.")
    return Verdict(detail="kept")


async def check_cache(visit: Visit) -> Verdict:
    body = bodies.long_prompt(visit.deployment.name)
    await visit.ask("prompt_cache_first", body)
    again = await visit.ask("prompt_cache_second", body)
    if not again.usage.cached_tokens:
        return Verdict(
            "warning",
            "A prompt that was just sent was not found in Azure's cache.",
            "It may be found next time: Azure promises nothing. If it never is, each turn of a "
            "conversation costs its full price.",
        )
    return Verdict(detail=f"{again.usage.cached_tokens} of {again.usage.input_tokens} tokens")


# --- Why a deployment is not asked ---


def _no_stream(deployment: Deployment) -> str:
    return "" if deployment.family.streams else "This model answers in one piece."


def _no_parallel(deployment: Deployment) -> str:
    return "" if deployment.family.parallel_tool_calls else "This model makes one call at a time."


def _no_effort(deployment: Deployment) -> str:
    if deployment.efforts:
        return ""
    unknown = deployment.family is UNKNOWN
    return "The model is unknown." if unknown else "This model takes no effort."


def _one_effort(deployment: Deployment) -> str:
    one = len(deployment.efforts) == 1
    return "This model has one effort." if one else _no_effort(deployment)


def _no_reasoning(deployment: Deployment) -> str:
    if deployment.api == "chat":
        return "Chat Completions has no place for reasoning."
    return _no_effort(deployment)


def _no_summary(deployment: Deployment) -> str:
    if not deployment.family.summary:
        return "This model tells no summary."
    return _no_reasoning(deployment) or ("" if deployment.summary else "REASONING_SUMMARY is off.")


def _no_image(deployment: Deployment) -> str:
    return "" if deployment.family.images else "This model takes text alone."


def _no_cache(deployment: Deployment) -> str:
    return "" if deployment.family.openai else "Not every model has one."


def _no_knobs(deployment: Deployment) -> str:
    chat_only = deployment.family.chat_only
    return "Models of other makers have no efforts of OpenAI's." if chat_only else ""


FIRST = Check("first", "Answers", check_first("medium"), tokens=50)
MORE = (
    Check("stream", "Streams", check_stream, 1, 150, _no_stream),
    Check("tool", "Calls a tool", check_tool, 1, 200),
    Check("parallel", "Calls tools in parallel", check_parallel, 1, 300, _no_parallel),
    Check("effort_lowest", "Lowest effort", check_lowest, 1, 50, _no_effort),
    Check("effort_highest", "Highest effort", check_highest, 1, 50, _one_effort),
    Check("efforts", "Efforts it has", check_efforts, 2, 50, _no_knobs),
    Check("summary", "Shows its reasoning", check_summary, 1, 500, _no_summary),
    Check("replay", "Takes its reasoning back", check_replay, 2, 1_000, _no_reasoning),
    Check("image", "Takes an image", check_image, 1, 250, _no_image),
    Check("schema", "Keeps to a schema", check_schema, 1, 200),
    Check("cache", "Finds a prompt again", check_cache, 2, 4_000, _no_cache),
)


# --- What they share ---


def _ended(answer: Answer, detail: str, by_limit: str = "warning") -> Verdict:
    if answer.stop in ("length", "context_window") and by_limit != "ok":
        return _not_done(answer, "The reply was cut by its limit.")
    if answer.stop in ("content_filter", "refusal"):
        return _not_done(answer, "The reply was stopped.")
    return Verdict(detail=detail)


def _not_done(answer: Answer, detail: str) -> Verdict:
    """It may be chance: a model is free to do something else, and its reply may be cut."""
    match answer.stop:
        case "content_filter" | "refusal":
            remedy = "Azure's content filter, or the model, refused a harmless question: look at "
            remedy += "the filter of the deployment."
        case "length":
            remedy = "It thought for longer than the doctor pays for. Run it again."
        case _:
            remedy = "Run it again: if it stays so, the model cannot do this."
    return Verdict("warning", detail, remedy)


def _count(answer: Answer) -> str:
    usage = answer.usage
    return f"{(usage.input_tokens or 0) + (usage.output_tokens or 0)} tokens"


def _named(visit: Visit) -> str:
    return "Chat Completions" if visit.deployment.api == "chat" else "the Responses API"


def _quote(error: UpstreamError) -> str:
    return as_sentence(error.message[:MOST_QUOTED])


def _is_object(text: str, *names: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and all(name in value for name in names)
