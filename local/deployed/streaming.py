"""A stream as it arrived -> whether it streams, or something on the way holds it back.

A model writes for a second or more what is asked for here. So where nearly all events come in the
last moment, somebody has kept them until then; a client would have seen nothing, and no keep-alive.
"""

from collections.abc import Sequence

from local.deployed.replies import Stream
from local.deployed.strangers import shown, shown_whole
from local.deployed.visitor import Answer
from proxy_core.doctor import Verdict

AT_ONCE = 0.05  # seconds
NEARLY_ALL = 0.9
TOO_QUICK = 0.3  # seconds: such a reply is no measure
FEWEST = 8  # events
REMEDY = (
    "Something on the way collects the reply: at Front Door caching, compression and rules that "
    "look into bodies, at API Management `buffer-response` and logs of bodies (docs/deployment.md, "
    "“In front of it”). If nothing is between, Azure's content filter may hold text back: "
    "`dev.py doctor` without --url asks Azure itself."
)


def judge_times(times: Sequence[float]) -> Verdict:
    """Of each event, in seconds since the request."""
    first, last = times[0], times[-1]
    told = f"{len(times)} events, the first after {first:.1f} s, the last after {last:.1f} s"
    if last < TOO_QUICK or len(times) < FEWEST:
        return Verdict(detail=f"{told}: too quick a reply to measure")
    late = sum(last - time <= AT_ONCE for time in times)
    if late < NEARLY_ALL * len(times):
        return Verdict(detail=told)
    what = "All" if late == len(times) else f"{late} of {len(times)}"
    return Verdict(
        "warning", f"{what} events of a stream came in its last moment, after {last:.1f} s.", REMEDY
    )


def judge_stream(stream: Stream) -> Verdict:
    if stream.error:
        return Verdict("failed", f"It ended with an error: {shown_whole(stream.error)}")
    if not stream.is_whole:
        return Verdict(
            "failed",
            f"The stream broke off after {len(stream.times)} events: something cut it.",
            "Look at the time-outs of what stands between (docs/deployment.md).",
        )
    return judge_times(stream.times)


def judge_headers(answer: Answer) -> Verdict:
    wrong = []
    if coded := answer.headers.get("content-encoding"):
        wrong.append(f"the stream is compressed ({shown(coded)}), which holds events back")
    if "no-cache" not in answer.headers.get("cache-control", ""):
        wrong.append("cache-control no longer says no-cache")
    if not answer.headers.get("request-id"):
        wrong.append("request-id is missing, by which Azure's support finds a call")
    if not wrong:
        return Verdict(detail="as the app sends them")
    remedy = "Something on the way changes them: no compression and no caching on these paths."
    return Verdict("warning", f"{'; '.join(wrong)}.".capitalize(), remedy)
