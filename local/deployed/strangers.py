"""An answer that is not the app's -> who gave it, and what to do about it.

https://learn.microsoft.com/azure/app-service/app-service-ip-restrictions
https://learn.microsoft.com/azure/frontdoor/front-door-http-headers-protocol
https://learn.microsoft.com/azure/api-management/api-management-error-handling-policies
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.deployed.visitor import TRUE_NAME, Answer
from proxy_core.doctor import Verdict

LOOKED_AT = 8_000  # bytes: the pages of the platform say it soon
LONGEST_QUOTE = 200  # characters
LONGEST_MESSAGE = 2_000
LOG = "az webapp log tail --name APP --resource-group GROUP"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LOGINS = ("login.microsoftonline.", "login.windows.net", "/.auth/login")


@dataclass(frozen=True)
class Stranger:
    """Known by all that is said of it: a status, a header, one of some words in its page."""

    detail: str
    remedy: str
    statuses: frozenset[int] = frozenset()
    header: str = ""
    value: tuple[str, ...] = ()  # one of them is in that header
    words: tuple[str, ...] = ()

    def gave(self, answer: Answer, page: str) -> bool:
        header = answer.headers.get(self.header, "").lower() if self.header else ""
        return (
            (not self.statuses or answer.status in self.statuses)
            and (not self.header or self.header in answer.headers)
            and (not self.value or any(value in header for value in self.value))
            and (not self.words or any(word in page for word in self.words))
        )


EASY_AUTH = (
    "App Service authentication (Easy Auth) asks for a login, and clients have a token.",
    "Switch it off, or exclude the paths /v1, /cursor and /setup: az webapp auth update --name APP "
    "--resource-group GROUP --enabled false. The token is the check.",
)
FRONT_DOOR = frozenset({500, 502, 503, 504})
STRANGERS = (
    Stranger(
        "The network rules of the app refuse this machine.",
        "The rules: az functionapp config access-restriction show --name APP --resource-group "
        "GROUP. Cursor calls from its own servers, whose addresses nobody publishes.",
        frozenset({403}),
        "x-ms-forbidden-ip",
    ),
    Stranger(
        "The network rules of the app refuse this machine.",
        "Public access may be off: az functionapp show --name APP --resource-group GROUP --query "
        "properties.publicNetworkAccess",
        frozenset({403}),
        words=("ip forbidden", "public network access", "private endpoint"),
    ),
    Stranger(
        "The function app is stopped.",
        "az functionapp start --name APP --resource-group GROUP",
        frozenset({403, 503}),
        words=("web app is stopped", "web app - unavailable", "site is disabled"),
    ),
    Stranger(*EASY_AUTH, REDIRECTS, "location", LOGINS),
    Stranger(*EASY_AUTH, frozenset({401, 403}), "www-authenticate", ("authorization_uri=",)),
    Stranger(
        *EASY_AUTH,
        frozenset({401, 403}),
        words=("you do not have permission to view this directory or page",),
    ),
    Stranger(
        "No app has this name.",
        TRUE_NAME,
        frozenset({404}),
        words=("404 web site not found", "web app not found", "app service not found"),
    ),
    Stranger(
        "The Functions host is there, but the app in it did not start.",
        f"Its log says why: {LOG}",
        words=("function host is not running", "function app is not ready", "app is starting"),
    ),
    Stranger(
        "The app cannot load its packages: they are not beside it, or not built for its Python.",
        "python3 dev.py publish APP builds them for the app's Python, and checks them.",
        frozenset({400, 503}),
        words=("packages beside this app were built for", "names are not beside this app"),
    ),
    Stranger(
        "The web application firewall of Front Door blocks the request.",
        "Its log names the rule. Exclude /v1 and /cursor from rules that look into bodies: prompts "
        "hold code.",
        frozenset({403}),
        "x-azure-ref",
    ),
    Stranger(
        "Front Door has no route for this.",
        "Route /v1/*, /cursor/* and /setup/* to the app.",
        frozenset({400, 404}),
        "x-azure-ref",
    ),
    Stranger(
        "Front Door does not get an answer of the app.",
        "Check the origin's host name and host header (the app's own), its certificate, and the "
        "origin response timeout (240 s).",
        FRONT_DOOR,
        "x-azure-ref",
    ),
    Stranger(
        "Front Door does not get an answer of the app.",
        "Check the origin's host name and host header (the app's own).",
        FRONT_DOOR,
        words=("our services aren't available right now",),
    ),
    Stranger(
        "Application Gateway does not get an answer of the app.",
        "Check the backend's health, its host name and the request timeout.",
        frozenset({403, 502, 503, 504}),
        words=("microsoft-azure-application-gateway",),
    ),
    Stranger(
        "The tunnel has ended: nothing is connected to this name any more.",
        "Start it again; a quick tunnel has a new name each time.",
        words=("error code: 1033", "cloudflare tunnel error", "tunnel not found"),
    ),
    Stranger(
        "The tunnel is up, but nothing answers behind it.",
        "Start the proxy on the port that the tunnel leads to: dev.py start",
        frozenset({502, 503, 530}),
        "server",
        ("cloudflare",),
    ),
    Stranger(
        "The tunnel gave up waiting for a byte (Cloudflare, 100 s).",
        "Ask again; if it stays so, look at the proxy's log.",
        frozenset({524}),
    ),
)


def judge_stranger(answer: Answer, url: str) -> Verdict:
    page = answer.body[:LOOKED_AT].decode(errors="replace").lower().replace("\u2019", "'")
    known = next((each for each in STRANGERS if each.gave(answer, page)), None)
    if known:
        return Verdict("failed", f"{known.detail}{_said(answer)}", known.remedy)
    return _judge_gateway(answer) or _judge_unknown(answer, url)


def _said(answer: Answer) -> str:
    """What of it helps: who we are seen as, and Front Door's own code."""
    names = ("x-ms-forbidden-ip", "x-azure-externalerror")
    said = [shown(answer.headers[name]) for name in names if name in answer.headers]
    return f" It says: {', '.join(said)}." if said else ""


def _judge_gateway(answer: Answer) -> Verdict | None:
    """API Management has an envelope of its own."""
    match read_json(answer.body):
        case {"statusCode": 401 | 403, "message": str(message)} if "subscription" in message:
            return Verdict(
                "failed",
                f"API Management: {shown(message)}",
                "Clients send one token, the app's: take `subscriptionRequired` off this API.",
            )
        case {"statusCode": 404, "message": str(message)}:
            return Verdict(
                "failed",
                f"API Management: {shown(message)}",
                "It has no operation for this path: it needs /v1/*, /cursor/* and /setup/*, for "
                "GET and POST.",
            )
        case {"statusCode": int(), "message": str(message)}:
            return Verdict(
                "failed",
                f"API Management: {answer.status}, {shown(message)}",
                "Its trace names the policy that said so (docs/deployment.md).",
            )
    return None


def _judge_unknown(answer: Answer, url: str) -> Verdict:
    if answer.status in REDIRECTS:
        return _judge_redirect(answer, url)
    if answer.status == 404 and not answer.body.strip():
        return Verdict(
            "failed",
            "404 without a word: a Functions host that has no such route.",
            f"The app in it did not start, or nothing was published yet. Its log: {LOG}",
        )
    kind = answer.content_type or "nothing"
    if answer.status in (502, 503, 504):
        return Verdict(
            "failed",
            f"{answer.status} ({kind}), and not by the app.",
            f"It is starting, or did not start: ask again in a minute. Its log: {LOG}",
        )
    return Verdict(
        "failed", f"What answers at {url} is not this proxy: {answer.status} ({kind}).", TRUE_NAME
    )


def _judge_redirect(answer: Answer, url: str) -> Verdict:
    here, there = urlsplit(url), urlsplit(answer.headers.get("location", ""))
    place = shown(f"{there.scheme or here.scheme}://{there.netloc or here.netloc}")
    return Verdict(
        "failed",
        f"{answer.status}: it sends its clients on to {place}, and clients do not follow.",
        "Give clients that address, if it is the proxy's: --url and the base URL are the same.",
    )


def read_json(body: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(body)
    return None


def shown(text: str, longest: int = LONGEST_QUOTE) -> str:
    """Others' words as they can be printed."""
    return "".join(char for char in text if char.isprintable())[:longest]


def shown_whole(text: str) -> str:
    """The app's own: a sentence for each setting."""
    return shown(text, LONGEST_MESSAGE)


def ways(headers: Iterable[str], server: str) -> str:
    """What it passed through, as far as headers tell."""
    known = {"x-azure-ref": "Front Door", "cf-ray": "Cloudflare", "x-served-by": "a CDN"}
    passed = [name for header, name in known.items() if header in headers]
    if "application-gateway" in server.lower():
        passed.append("Application Gateway")
    return f", through {' and '.join(passed)}" if passed else ""
