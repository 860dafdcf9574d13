"""Claude Code in front of a deployed app whose settings cannot be used."""

from pathlib import Path

from tests.e2e.claude_code import install, needs_claude_code
from tests.e2e.servers import TOKEN, copy_app, local_host

pytestmark = needs_claude_code


def test_one_request_shows_every_problem(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    copy_app(folder)
    settings = {"WEBSITE_SITE_NAME": "deployed", "ANTHROPIC_AUTH_TOKEN": TOKEN, "BIG_EFFORT": "x"}
    with local_host(folder, tmp_path / "log", **settings) as app:
        finished = install(tmp_path, app).start("hi")
        assert finished.returncode == 1
        assert "The settings of this proxy cannot be used." in finished.stdout
        assert "AZURE_OPENAI_ENDPOINT is not set" in finished.stdout
        assert "BIG_EFFORT is 'x'" in finished.stdout
        assert app.statuses() == [503]
