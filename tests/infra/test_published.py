"""What leaves this folder: with a publish, in an image, in a commit."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from local.lock import AZURES
from local.package import is_ignored, read_ignored
from tests.infra.bicep import ROOT

APP = {
    "constraints.txt",
    "function_app.py",
    "host.json",
    "proxy_app.py",
    "proxy_response.py",
    "requirements.txt",
    "web_extension.py",
    "worker_tuning.py",
    "wrong_packages.py",
}
SECRETS = [
    "local.settings.json",
    ".env",
    ".env.production",
    ".azure/dev/.env",
    ".azure/dev/config.json",
]
WEIGHT = [
    ".venv/lib/python3.13/site-packages/mypy/main.py",
    "node_modules/@kusto/language-service-next/bridge.js",
    "htmlcov/index.html",
    ".coverage.host.1",
    "app.zip",
    "proxy_core/__pycache__/proxy.cpython-313.pyc",
    ".devcontainer/devcontainer.json",
    ".vscode/settings.json",
]
NEVER_LOOKED_INTO = {".git", ".venv", "node_modules", "__pycache__"}


def rules(file: str) -> GitIgnoreSpec:
    """Core Tools and azd read .funcignore nearly as git reads its own."""
    return GitIgnoreSpec.from_lines((ROOT / file).read_text().splitlines())


def files() -> list[str]:
    found = []
    waiting = [ROOT]
    while waiting:
        for path in waiting.pop().iterdir():
            if path.is_dir() and not path.is_symlink():
                waiting += [path] if path.name not in NEVER_LOOKED_INTO else []
            elif path.is_file():
                found.append(path.relative_to(ROOT).as_posix())
    return found


def is_in_image(path: str) -> bool:
    """Docker's rules: from the root, a folder stands for all in it, and the last match decides."""
    kept = True
    above = [path, *map(str, Path(path).parents)]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        if any(
            fnmatch(Path(each).name, anywhere) if anywhere != pattern else fnmatch(each, pattern)
            for each in above
        ):
            kept = line.startswith("!")
    return kept


def published() -> set[str]:
    return {file for file in files() if not rules(".funcignore").match_file(file)}


def test_a_publish_contains_exactly_the_app() -> None:
    beside = {file for file in published() if not file.startswith("proxy_core/")}
    assert beside - {f for f in beside if f.startswith(".python_packages/")} == APP


def test_of_its_packages_everything_and_nothing_else() -> None:
    of_the_core = {file for file in published() if file.startswith("proxy_core/")}
    kinds = {Path(file).suffix for file in of_the_core}
    assert kinds == {".py", ".xz", "", ".html", ".css", ".js", ".svg"}
    assert of_the_core == {file for file in files() if file.startswith("proxy_core/")}


def test_a_package_of_ours_leaves_out_the_same() -> None:
    """local/package.py knows names and wildcards, which is all that .funcignore has."""
    lines = (ROOT / ".funcignore").read_text().splitlines()
    assert [line for line in lines if set("/!\\[ ") & {*line}] == []
    ignored = read_ignored(ROOT)
    ours = {file for file in files() if not any(is_ignored(p, ignored) for p in Path(file).parts)}
    assert ours == {file for file in published() if not file.startswith(".python_packages/")}


def test_what_was_built_beforehand_is_published() -> None:
    built = ".python_packages/lib/site-packages/httpx/_client.py"
    assert not rules(".funcignore").match_file(built)


@pytest.mark.parametrize("path", [*SECRETS, *WEIGHT, "infra/main.bicep", "azure.yaml"])
def test_no_publish_and_no_image_contains(path: str) -> None:
    assert rules(".funcignore").match_file(path)
    assert not is_in_image(path)


@pytest.mark.parametrize("path", [*SECRETS, "app.zip", ".python_packages/lib/a.py"])
def test_no_commit_contains(path: str) -> None:
    assert rules(".gitignore").match_file(path)


def test_an_image_gets_the_app_and_its_own_host() -> None:
    kept = {*filter(is_in_image, files())}
    host = {file for file in kept if file.startswith("local/")}
    assert kept - host == published()
    assert "local/host.py" in host
    assert not any("azure_simulator" in file for file in host)


# --- the files that copy ----------------------------------------------------


def copied(file: str) -> set[str]:
    """What a Dockerfile takes from this folder."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / file).read_text(), re.MULTILINE)
    return {name for line in lines for name in line.split()}


@pytest.mark.parametrize(
    ("file", "more"), [("Dockerfile", {"local"}), ("Dockerfile.functions", set())]
)
def test_a_dockerfile_copies_the_app(file: str, more: set[str]) -> None:
    assert copied(file) == APP | {"proxy_core"} | more


def test_the_workflow_builds_before_it_signs_in_and_sends_what_was_built() -> None:
    workflow = (ROOT / ".github/workflows/deploy.yml").read_text()
    steps = ['publish "$APP" --no-upload --zip app.zip', "uses: azure/login", "--src app.zip"]
    places = [workflow.index(step) for step in steps]
    assert places == sorted(places)


def test_the_image_runs_as_nobody_in_particular_on_any_architecture() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last = text.rpartition("\nFROM ")[2]
    user = re.search(r"^USER (\d+)$", last, re.MULTILINE)
    assert user
    assert int(user[1]) > 0
    assert "/cursor/health" in re.findall(r"^HEALTHCHECK .*$", last, re.MULTILINE)[0]
    assert '["python", "-m", "local.host", "--host", "0.0.0.0", "--port", "7071"]' in last
    assert not re.search("amd64|x86_64|arm64|aarch64|https?://(?!127)", text)
    assert "PYTHONDONTWRITEBYTECODE" not in text
    assert "compileall" in text


def test_the_image_has_the_loop_that_is_tested() -> None:
    loop = re.compile(r"uvloop[~=<>]+[\d.]+")
    tested = loop.findall((ROOT / "requirements-dev.txt").read_text())
    assert loop.findall((ROOT / "Dockerfile").read_text()) == tested


def test_compose_opens_no_port_to_others() -> None:
    yaml = pytest.importorskip("yaml", reason="needs PyYAML (requirements-dev.txt)")
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    assert service["ports"] == ["127.0.0.1:7071:7071"]
    assert service["env_file"] == ".env"


def test_images_and_azure_run_the_same_python() -> None:
    said = [
        *re.findall(r"FROM python:([\d.]+)", (ROOT / "Dockerfile").read_text()),
        *re.findall(r"-python([\d.]+)", (ROOT / "Dockerfile.functions").read_text()),
        *re.findall(r"name: 'python', version: '([\d.]+)'", (ROOT / "infra/app.bicep").read_text()),
        *re.findall(r'python-version: "(.*)"', (ROOT / ".github/workflows/deploy.yml").read_text()),
        AZURES,
    ]
    assert said == ["3.13"] * 6
