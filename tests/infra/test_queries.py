"""infra/queries on lines that the app writes, as Application Insights stores them."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb_kql
import pytest

import worker_tuning
from local.workbook import SECTIONS, build, write
from proxy_core.conversation import ReplyFinished, Usage
from proxy_core.errors import AccessDenied, ProxyError, UpstreamError
from proxy_core.reply import log_lines
from proxy_core.reply.request_log import RequestLog
from tests.infra.bicep import INFRA, ROOT

QUERIES = INFRA / "queries"
FILES = sorted(QUERIES.rglob("*.kql"))
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC).replace(tzinfo=None)
Table = list[dict[str, Any]]

USAGE = Usage(input_tokens=1000, cached_tokens=400, output_tokens=10, reasoning_tokens=5)

# --- what the app writes ----------------------------------------------------


def request(
    deployment: str = "gpt-5.4", *, error: ProxyError | None = None, **fields: Any
) -> Callable[[], None]:
    def writes() -> None:
        log = RequestLog("req_1", "messages", deployment=deployment, attempts=1)
        for name, value in {"_came": NOON.replace(tzinfo=UTC).timestamp(), **fields}.items():
            setattr(log, name, value)
        if error:
            log.fail(error)
        else:
            log.finish(ReplyFinished("end_turn", USAGE))
        log.write()

    return writes


def left() -> None:
    log = RequestLog("req_1", "messages", deployment="gpt-5.4", attempts=1)
    log._came = NOON.replace(tzinfo=UTC).timestamp()
    log.write()


def count() -> None:
    RequestLog("req_1", "count_tokens", outcome={"input_tokens": 7}).write()


def defect() -> None:
    RequestLog("req_1", "messages").write_defect(KeyError("a prompt"))


def warning() -> None:
    log_lines.write_warning("No token.")


def skipped_repair() -> None:
    def fails() -> None:
        raise AttributeError("gone")

    worker_tuning._apply("a repair", fails)


REFUSED = UpstreamError("no", status=401, code="401")
FULL = UpstreamError("no", status=429, code="insufficient_quota")
BROKEN = UpstreamError("no", status=502)
STRANGER = AccessDenied("no")
EVERYTHING = [request(), request(error=FULL), left, defect, warning, skipped_repair]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    def collect(*writers: Callable[[], None]) -> list[str]:
        capsys.readouterr()
        for writer in writers:
            writer()
        return capsys.readouterr().out.splitlines()

    return collect


# --- the queries by themselves ----------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_query_asks_for_fields_that_are_written(
    file: Path, lines: Callable[..., list[str]]
) -> None:
    written = {name for line in lines(*EVERYTHING) for name in json.loads(line)}
    asked = {*re.findall(r"\bline(?:\.|\[\")(\w+)", file.read_text())}
    assert asked
    assert asked <= written


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_query_begins_with_what_it_is_for_and_weighs_each_line(file: Path) -> None:
    text = file.read_text()
    assert text.startswith("// ")
    assert "toint(itemCount)" in text
    assert "sum(items" in text or "sumif(items" in text
    assert "count()" not in text


def test_the_workbook_is_built_from_them() -> None:
    assert {file.stem for file in QUERIES.glob("*.kql")} == {*SECTIONS}
    assert (INFRA / "workbook.json").read_text() == write(build(QUERIES)), (
        "run python -m local.workbook"
    )


def test_no_line_is_left_out_by_sampling() -> None:
    logging = json.loads((ROOT / "host.json").read_text())["logging"]
    sampling = logging["applicationInsights"]["samplingSettings"]
    assert "Trace" in sampling["excludedTypes"].split(";")
    assert logging["logLevel"]["default"] == "Information"  # where stdout's lines are


# --- the queries on rows ----------------------------------------------------


@pytest.fixture
def ask(lines: Callable[..., list[str]]) -> Callable[..., Table]:
    connection = duckdb_kql.connect()
    connection.execute(
        "CREATE TABLE traces "
        "(timestamp TIMESTAMP, message VARCHAR, customDimensions JSON, itemCount INTEGER)"
    )

    def insert(message: str, category: str, items: int = 1) -> None:
        row = [NOON, message, json.dumps({"Category": category}), items]
        connection.execute("INSERT INTO traces VALUES (?, ?, ?, ?)", row)

    def ask(query: str, *writers: Callable[[], None], items: int = 1) -> Table:
        insert("Host lock lease acquired", "Host.General")
        insert("not JSON", "Host.Function.Console")
        for line in lines(*writers):
            insert(line, "Host.Function.Console", items)
            insert(line, "Function.messages.User")  # the same line by another way counts once
        found = duckdb_kql.kql(connection, (QUERIES / f"{query}.kql").read_text())
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return ask


def test_usage_counts_tokens_by_day_and_deployment(ask: Callable[..., Table]) -> None:
    rows = ask("usage", request(), request(), request("gpt-5.4-mini"), left, defect, count, items=3)
    by_name = {row["deployment"]: row for row in rows}
    assert {*by_name} == {"gpt-5.4", "gpt-5.4-mini"}
    big = by_name["gpt-5.4"]
    assert big["requests"] == 9  # two that ended and one that was left, each standing for three
    assert (big["input_tokens"], big["cached_tokens"]) == (6000, 2400)
    assert (big["output_tokens"], big["reasoning_tokens"]) == (60, 30)
    assert big["day"] == NOON - timedelta(hours=12)
    assert big["cost"] is None  # nobody has said a price


def test_usage_tells_callers_and_days_apart(ask: Callable[..., Table]) -> None:
    late = request(caller="a1", _came=(NOON + timedelta(days=-1)).replace(tzinfo=UTC).timestamp())
    rows = ask("usage", request(caller="a1"), request(caller="b2"), request(), late)
    told = sorted((row["day"].day, row["caller"], row["requests"]) for row in rows)
    assert told == [(26, "a1", 1), (27, "", 1), (27, "a1", 1), (27, "b2", 1)]


def test_usage_multiplies_by_prices(ask: Callable[..., Table], tmp_path: Path) -> None:
    text = (QUERIES / "usage.kql").read_text()
    nothing = '"gpt-5.4", real(null), real(null), real(null)'
    assert nothing in text
    (tmp_path / "priced.kql").write_text(text.replace(nothing, '"gpt-5.4", 2.0, 0.5, 10.0'))
    (row,) = ask(str(tmp_path / "priced"), request())
    assert row["cost"] == pytest.approx((600 * 2.0 + 400 * 0.5 + 10 * 10.0) / 1_000_000)


def test_errors_are_counted_by_name_and_code(ask: Callable[..., Table]) -> None:
    rows = ask("errors", request(), request(error=FULL), request(error=FULL), left)
    found = [(row["error"], row["code"], row["status"], row["requests"]) for row in rows]
    assert found == [
        ("UpstreamError", "insufficient_quota", 429, 2),
        ("ClientLeft", "", None, 1),
    ]


def test_speed_is_of_what_went_well(ask: Callable[..., Table]) -> None:
    quick, slow = (request(first_word_ms=ms, effort="high") for ms in (100, 900))
    broken = request(first_word_ms=9000, effort="high", error=BROKEN)
    low = request(first_word_ms=50, effort="low")
    rows = {row["effort"]: row for row in ask("speed", quick, quick, slow, broken, low)}
    assert {*rows} == {"high", "low"}
    high = rows["high"]
    assert (high["requests"], high["first_word_p50"], high["hour"]) == (3, 100, NOON)
    assert 100 < high["first_word_p95"] <= 900


def test_the_cache_has_a_share(ask: Callable[..., Table]) -> None:
    (row,) = ask("cache", request(), request(error=BROKEN))
    assert row["cached_percent"] == 40


def test_retries_and_other_resources_are_counted(ask: Callable[..., Table]) -> None:
    moved = request(attempts=2, failovers=1, resource=1, error=BROKEN)
    writers = [request(), request(attempts=3), moved, request(resource=2)]
    (row,) = ask("retries", *writers, request(attempts=0, error=STRANGER))
    assert (row["requests"], row["retried"], row["failed"]) == (4, 2, 1)
    assert (row["failed_over"], row["elsewhere"]) == (1, 2)


def test_the_worker_tells_of_itself(ask: Callable[..., Table]) -> None:
    refused = request(error=STRANGER)  # a warning as well, and nothing about the worker
    rows = ask("worker", request(), refused, defect, defect, warning, skipped_repair)
    assert sorted((row["origin"], row["what"], row["times"]) for row in rows) == [
        ("defect", "KeyError", 2),
        ("warning", "No token.", 1),
        ("worker_tuning_skipped", "a repair", 1),
    ]


@pytest.mark.parametrize(
    ("alert", "writers", "rows"),
    [
        ("failures", [request()] * 17 + [request(error=BROKEN)] * 3, 1),
        ("failures", [request()] * 18 + [request(error=BROKEN)] * 2, 0),
        ("failures", [request(error=BROKEN)] * 19, 0),  # too few to say so
        ("failures", [left] * 40 + [request(error=STRANGER)] * 40, 0),
        ("quota", [request(error=FULL)] * 5, 1),
        ("quota", [request(error=FULL)] * 4, 0),
        ("access", [request(error=REFUSED)], 1),
        ("access", [request(error=STRANGER), request()], 0),
        ("worker", [defect], 1),
        ("worker", [skipped_repair], 1),
        ("worker", [request(), left], 0),
    ],
)
def test_an_alert_has_a_row_when_something_is_wrong(
    alert: str, writers: list[Callable[[], None]], rows: int, ask: Callable[..., Table]
) -> None:
    assert len(ask(f"alerts/{alert}", *writers)) == rows
