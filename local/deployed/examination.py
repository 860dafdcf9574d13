"""The checks of a deployed app, in the order in which one makes the next pointless."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from local.deployed.replies import (
    CLAUDE,
    COUNTING,
    CURSOR,
    SMALL,
    Dialect,
    Stream,
    is_reply,
    model_ids,
    read_stream,
    said,
)
from local.deployed.strangers import judge_stranger, read_json, shown, shown_whole, ways
from local.deployed.streaming import REMEDY, judge_headers, judge_stream
from local.deployed.visitor import Answer, NoAnswer, Visitor
from proxy_core.configuration.exposure import AUTH_TOKEN
from proxy_core.doctor import Finding, Plan, Spent, State, Verdict, make_finding

APP = "The app"
SLOW_START = 2.0  # seconds that the first answer takes longer than the second
TOO_SLOW = 15.0  # seconds: clients give up soon after
CURSOR_SETTING = "CURSOR_AZURE_DEPLOYMENT"
QUICK = Plan(deployments=1, calls=8, tokens=50)
FULL = Plan(deployments=2, calls=12, tokens=1_000)
HOW_TO_TOKEN = (
    f"No token was given: set {AUTH_TOKEN} in the environment, or say --token-file FILE (- reads "
    "it from another command)."
)


class Bad(Exception):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.detail)
        self.verdict = verdict


class Examination:
    """`settings_to_change` and `spent` are for the report, as the Doctor's are."""

    settings_to_change: tuple[str, ...] = ()

    def __init__(self, visitor: Visitor, quick: bool = False) -> None:
        self._visitor = visitor
        self._quick = quick
        self._tokens = 0
        self._obstacle = ""  # why what follows is of no use
        self._models: list[str] = []  # as Claude Code reads them

    @property
    def spent(self) -> Spent:
        return Spent(self._visitor.calls, self._tokens)

    def plan(self) -> Plan:
        return QUICK if self._quick else FULL

    def examine(self) -> Iterator[Finding]:
        yield self._check("way", APP, "Answers", self._check_way)
        if self._obstacle:
            return
        for dialect in (CLAUDE, CURSOR):
            run = partial(self._check_closed, dialect)
            title = f"Is closed, {dialect.models}"
            yield self._check(f"closed_{dialect.id}", APP, title, run)
            if self._obstacle:
                return
        if not self._visitor.is_encrypted:
            yield self._check("tls", APP, "Is encrypted", self._check_encryption)
        yield from self._examine_settings()
        yield from self._examine_client(CLAUDE)
        if not self._quick:
            yield from self._examine_client(CURSOR)

    # --- the app --------------------------------------------------------------

    def _check_way(self) -> Verdict:
        first = self._visitor.get("/cursor/health", known=False)
        if read_json(first.body) != {"status": "ok"}:
            self._obstacle = "It does not answer."
            raise Bad(judge_stranger(first, self._visitor.url))
        second = self._visitor.get("/cursor/health", known=False)
        passed = ways(first.headers, first.headers.get("server", ""))
        told = f"after {first.seconds:.1f} s, then after {second.seconds:.1f} s{passed}"
        started = first.seconds - second.seconds >= SLOW_START
        if not started:
            return Verdict(detail=told)
        if first.seconds < TOO_SLOW:
            return Verdict(detail=f"{told}: it had to start")
        return Verdict(
            "warning",
            f"It had to start, which took {first.seconds:.1f} s: clients wait for it.",
            "azd env set ALWAYS_READY 1, or az functionapp scale config always-ready set "
            "--resource-group GROUP --name APP --settings http=1, keeps one instance warm.",
        )

    def _check_encryption(self) -> Verdict:
        if self._visitor.is_local:
            return Verdict("skipped", "It is on this machine, and not encrypted.")
        self._obstacle = "The token is not sent where it can be read on the way."
        return Verdict(
            "failed",
            "It is not encrypted: the token and every prompt can be read on the way.",
            "Begin the address with https://; in front of a container, put something that speaks "
            "TLS.",
        )

    def _check_closed(self, dialect: Dialect) -> Verdict:
        answer = self._visitor.get(dialect.models, known=False)
        message = said(answer)
        if answer.status == 200 and model_ids(read_json(answer.body)):
            if self._visitor.is_local:
                return Verdict(detail="asks for no token, and is on this machine")
            return Verdict(
                "failed",
                "It answers without a token: whoever knows this address uses your account.",
                f"Set {AUTH_TOKEN} on the app, and take ALLOW_ANONYMOUS away.",
            )
        if answer.status == 401 and message:
            return Verdict(detail="401 without a token")
        if not message:
            raise Bad(judge_stranger(answer, self._visitor.url))
        if answer.status == 403:
            self._obstacle = "Nobody may call, see there."
        return Verdict("failed", f"{answer.status}: {shown_whole(message)}")

    def _examine_settings(self) -> Iterator[Finding]:
        """What the app says of itself, a finding for each sentence."""
        sentences: list[Verdict] = []  # behind the first

        def check() -> Verdict:
            answer = self._visitor.get("/setup/status")
            status = read_json(answer.body)
            if answer.status == 200 and isinstance(status, dict) and "problems" in status:
                first, *others = [*_sentences(status), Verdict(detail="can be used")]
                sentences.extend(others[:-1])
                if first.state == "failed":
                    self._obstacle = "Its settings cannot be used, see there."
                return first
            message = said(answer)
            if answer.status in (401, 403) and message:
                given = "The token is refused" if self._visitor.token else "No token was given"
                self._obstacle = f"{given}, see there."
                return self._judge_token(answer.status, message)
            return Verdict("skipped", "The setup page is not let through.")

        yield self._check("settings", APP, "Its settings", check)
        for verdict in sentences:
            yield make_finding("settings", APP, "Its settings", self._redact(verdict))

    def _judge_token(self, status: int, message: str) -> Verdict:
        if not self._visitor.token:
            return Verdict("skipped", HOW_TO_TOKEN)
        return Verdict(
            "failed",
            f"{status}: {shown_whole(message)}",
            "The app's token: azd env get-value ANTHROPIC_AUTH_TOKEN, or az functionapp config "
            "appsettings list --name APP --resource-group GROUP. Behind a gateway, it may be the "
            "gateway that changes the header.",
        )

    # --- one kind of client -----------------------------------------------------

    def _examine_client(self, dialect: Dialect) -> Iterator[Finding]:
        def check(id: str, title: str, run: Callable[[Dialect], Verdict]) -> Finding:
            return self._check(f"{dialect.id}_{id}", dialect.group, title, partial(run, dialect))

        before = self._obstacle
        yield check("models", "Lists models", self._check_models)
        if self._obstacle:
            self._obstacle = before
            return
        if dialect is CLAUDE:
            yield check("count", "Counts tokens", self._check_count)
        yield check("whole", "Answers in one piece", self._check_whole)
        if not self._quick:
            yield from self._examine_stream(dialect)
        self._obstacle = before

    def _check_models(self, dialect: Dialect) -> Verdict:
        answer = self._visitor.get(dialect.models)
        models = model_ids(read_json(answer.body))
        if answer.status != 200 or not models:
            self._obstacle = "Its models are not known."
            raise self._bad(answer)
        if dialect is CLAUDE:
            self._models = models
        return Verdict(detail=f"{len(models)}, {shown(models[0])} first")

    def _check_count(self, dialect: Dialect) -> Verdict:
        body = dialect.write(self._models[-1], SMALL, False)
        counted = {"model": body["model"], "messages": body["messages"]}
        answer = self._visitor.post(f"{dialect.messages}/count_tokens", counted)
        match read_json(answer.body):
            case {"input_tokens": int(tokens)} if answer.status == 200:
                return Verdict(detail=f"{tokens} tokens")
        raise self._bad(answer)

    def _check_whole(self, dialect: Dialect) -> Verdict:
        model = self._models[-1] if dialect is CLAUDE else "gpt-low"
        answer = self._visitor.post(dialect.messages, dialect.write(model, SMALL, False))
        reply = read_json(answer.body)
        if answer.status == 200 and not answer.broken and is_reply(reply):
            self._tokens += dialect.count(reply)
            return Verdict(detail=f"{dialect.count(reply)} tokens, {answer.seconds:.1f} s")
        if CURSOR_SETTING in said(answer):
            self._obstacle = f"{CURSOR_SETTING} is not set."
            return Verdict("skipped", f"{CURSOR_SETTING} is not set: Cursor is not served.")
        raise self._bad(answer)

    def _examine_stream(self, dialect: Dialect) -> Iterator[Finding]:
        found: list[tuple[Answer, Stream]] = []

        def check() -> Verdict:
            model = self._models[0] if dialect is CLAUDE else "gpt-low"
            answer = self._visitor.post(dialect.messages, dialect.write(model, COUNTING, True))
            if answer.status == 200 and is_reply(read_json(answer.body)):
                return Verdict("warning", "It came in one piece, not as a stream.", REMEDY)
            if answer.status != 200 or answer.content_type != "text/event-stream":
                raise self._bad(answer)
            stream = read_stream(answer, dialect)
            self._tokens += stream.tokens
            found.append((answer, stream))
            return judge_stream(stream)

        yield self._check(f"{dialect.id}_stream", dialect.group, "Streams", check)
        for answer, _ in found:
            verdict = judge_headers(answer)
            yield make_finding(
                f"{dialect.id}_headers", dialect.group, "Its headers arrive", verdict
            )

    # --- what all share -----------------------------------------------------------

    def _check(self, id: str, group: str, title: str, run: Callable[[], Verdict]) -> Finding:
        try:
            verdict = Verdict("skipped", self._obstacle) if self._obstacle else run()
        except NoAnswer as error:
            verdict = error.verdict
            self._obstacle = self._obstacle or "It does not answer, see there."
        except Bad as error:
            verdict = error.verdict
        return make_finding(id, group, title, self._redact(verdict))

    def _bad(self, answer: Answer) -> Bad:
        message = said(answer)
        if not message and answer.status == 200:
            told = "It broke off." if answer.broken else "It cannot be read."
            return Bad(Verdict("failed", f"200, but no reply of this proxy's. {told}"))
        if not message:
            return Bad(judge_stranger(answer, self._visitor.url))
        if answer.status in (401, 403):
            return Bad(self._judge_token(answer.status, message))
        remedy = f"{self._visitor.url}/setup asks Azure for the app, as `dev.py doctor` does here."
        state: State = "warning" if answer.status == 429 else "failed"
        return Bad(Verdict(state, f"{answer.status}: {shown_whole(message)}", remedy))

    def _redact(self, verdict: Verdict) -> Verdict:
        """Whoever answers might say the token back."""
        token = self._visitor.token
        if not token:
            return verdict
        hidden = [text.replace(token, "…") for text in (verdict.detail, verdict.remedy)]
        return replace(verdict, detail=hidden[0], remedy=hidden[1])


def _sentences(status: dict[str, object]) -> Iterator[Verdict]:
    remedy = "Change it on the app: azd env set NAME VALUE and azd provision, or az functionapp "
    remedy += "config appsettings set."
    states: dict[str, State] = {"problems": "failed", "warnings": "warning"}
    for name, state in states.items():
        told = status.get(name)
        for sentence in told if isinstance(told, list) else ():
            yield Verdict(state, shown_whole(str(sentence)), remedy)
