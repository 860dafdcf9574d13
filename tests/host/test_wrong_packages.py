"""A package that another Python built, under the real runtime: whoever asks reads our sentence."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.host.processes import ROOT, Server, stand_in_host

# What the app needs and is compiled, but for what the stand-in host itself runs on.
COMPILED = {
    "httptools": "parser.parser",
    "msgspec": "_core",
}
SENTENCE = "built for cpython-39-x86_64-linux-gnu, and it runs on"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> str:
    """In front of the right ones."""
    folder = tmp_path_factory.mktemp("packages")
    for name, module in COMPILED.items():
        package, _, compiled = f"{name}.{module}".rpartition(".")
        place = folder.joinpath(*package.split("."))
        place.mkdir(parents=True)
        (folder / name / "__init__.py").touch()
        (place / "__init__.py").write_text(f"from {package}.{compiled} import anything\n")
        (place / f"{compiled}.cpython-39-x86_64-linux-gnu.so").touch()
    return str(folder)


@pytest.fixture(scope="module")
def deployed(packages: str) -> Iterator[Server]:
    # No settings either: nobody could read them.
    with stand_in_host(ROOT, PYTHONPATH=packages, WEBSITE_SITE_NAME="deployed") as server:
        yield server


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/v1/messages", "/v1/models", "/setup/status", "/a/b%2fc"])
def test_it_is_what_anyone_reads(deployed: Server, method: str, path: str) -> None:
    answered = httpx.request(method, deployed.url + path, content=b"{" if method == "POST" else b"")
    assert (answered.status_code, answered.headers["x-should-retry"]) == (503, "false")
    assert answered.headers["content-type"].startswith("application/json")
    body = answered.json()
    assert (body["type"], body["error"]["type"]) == ("error", "api_error")
    assert SENTENCE in body["error"]["message"]


@pytest.mark.parametrize("path", ["/cursor/chat/completions", "/cursor", "/CURSOR/models"])
def test_cursor_shows_it(deployed: Server, path: str) -> None:
    answered = httpx.post(deployed.url + path, json={"stream": True})
    assert (answered.status_code, answered.json()["error"]["type"]) == (
        400,
        "invalid_request_error",
    )
    assert SENTENCE in answered.json()["error"]["message"]


def test_it_is_a_line_of_the_log(deployed: Server) -> None:
    (line,) = [json.loads(line) for line in deployed.output().splitlines() if SENTENCE in line]
    assert line["level"] == "error"


def test_elsewhere_it_ends_the_start(packages: str) -> None:
    with (
        pytest.raises(RuntimeError, match=f"WrongPackages.*{SENTENCE}"),
        stand_in_host(ROOT, PYTHONPATH=packages),
    ):
        pass
