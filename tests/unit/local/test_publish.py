"""`dev.py publish`: stand-ins for pip, az, azd and func, which write down what they were asked."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local import azd as azd_module
from local import azure_tools, package, package_check, publish
from local.azure_tools import missing_settings
from local.checkers import azure_yaml_mistakes
from local.failure import Failure
from local.publish import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are scripts with #!")
ALL = ["ANTHROPIC_AUTH_TOKEN", "AZURE_OPENAI_ENDPOINT", "BIG_MODEL", "SMALL_MODEL"]
OPTIONS = ["--no-build", "--python"]
SHOWN = ["app.region-01.azurewebsites.net", None, "3.13", None, None, None]
TOOL = """#!{python}
import json, os, sys
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    print(json.dumps([{name!r}, *arguments, sorted(os.listdir())]), file=log)
for words, answer in {answers!r}:
    if arguments[: len(words)] == words:
        print(json.dumps(answer).strip('"')) if answer != "fails" else sys.exit(1)
"""
Install = Callable[..., None]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def install(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A tool that answers what is known of it. Without one, none is found."""
    found: dict[str, str] = {}
    monkeypatch.setattr(azure_tools, "find_tool", found.get)

    def install(name: str, **answers: object) -> None:
        script = tmp_path / name
        known = [(words.split("_"), answer) for words, answer in answers.items()]
        script.write_text(
            TOOL.format(python=sys.executable, log=str(log), name=name, answers=known)
        )
        script.chmod(0o755)
        found[name] = str(script)

    return install


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose package has no packages, and is not imported."""
    root = tmp_path / "project"
    root.mkdir()
    for name in ("function_app.py", "host.json", package.LOCK, "local.settings.json"):
        (root / name).write_text("{}")
    (root / ".funcignore").write_text((package.ROOT / ".funcignore").read_text())
    monkeypatch.setattr(package, "_install", lambda *_: None)
    monkeypatch.setattr(package_check, "find_azures_python", lambda _: None)
    return root


def calls(log: Path) -> list[list[str]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def az(install: Install, **more: object) -> None:
    known = {
        "functionapp_list": ["rg"],
        "functionapp_show": SHOWN,
        "functionapp_config_appsettings_list": ALL,
    }
    install("az", **(known | more))


def test_without_upload_nobody_is_asked(
    root: Path, install: Install, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    az(install)
    assert main(["app", "--no-upload"], root) == 0
    assert calls(log) == []
    said = capsys.readouterr()
    assert said.out == f"{root.resolve() / 'app.zip'}\n"
    assert "Of this folder: function_app.py, host.json.\n" in said.err
    assert "Not imported here" in said.err


def test_az_sends_it_where_it_knows_the_app(
    root: Path, install: Install, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    az(install)
    install("func")
    assert main(["app"], root) == 0
    *questions, (*sent, _) = calls(log)
    zip_file = str(root.resolve() / "app.zip")
    place = ["--resource-group", "rg", "--name", "app", "--src", zip_file]
    assert sent == ["az", "functionapp", "deployment", "source", "config-zip", *place]
    assert [call[2] for call in questions] == ["list", "show", "config"]
    assert capsys.readouterr().err.endswith(f" dev.py doctor --url https://{SHOWN[0]}\n")


def test_a_group_that_is_said_is_not_looked_for(root: Path, install: Install, log: Path) -> None:
    az(install, functionapp_list="fails")
    assert main(["app", "--resource-group", "mine"], root) == 0
    assert all("mine" in call for call in calls(log))


def test_func_sends_it_from_the_unpacked_package(root: Path, install: Install, log: Path) -> None:
    install("func")
    assert main(["app"], root) == 0
    (call,) = calls(log)
    assert call[:-1] == ["func", "azure", "functionapp", "publish", "app", *OPTIONS]
    assert call[-1] == ["function_app.py", "host.json"]


def test_func_sends_it_where_nobody_is_signed_in_to_az(
    root: Path, install: Install, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    az(install, functionapp_list="fails")
    install("func")
    assert main(["app"], root) == 0
    assert [call[0] for call in calls(log)] == ["az", "func"]
    assert "Settings come before the first publish" in capsys.readouterr().err


# --- azd ----------------------------------------------------------------------

VALUES = {
    "AZURE_FUNCTION_NAME": "app",
    "AZURE_SUBSCRIPTION_ID": "a-subscription",
    "AZURE_LOCATION": "swedencentral",
    "AZURE_RESOURCE_GROUP": "rg-(mine)",
    "PROXY_URL": "https://app.region-01.azurewebsites.net",
}
DEPLOY = ["deploy", "api", "--from-package", "app.zip", "--environment", "publish", "--no-prompt"]
KEEPER = """#!{python}
import json, os, shutil, sys
arguments, values = sys.argv[1:], {values!r}
with open({log!r}, "a") as log:
    print(json.dumps(["azd", *arguments, os.getcwd()]), file=log)
if arguments[:2] == ["env", "get-value"]:
    if arguments[2] not in values:
        print("ERROR: key not found")
        sys.exit(1)
    print(values[arguments[2]])
else:
    shutil.copytree(".", {kept!r})
    os.remove("app.zip")  # as some versions do
    sys.exit({code})
"""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """What azd was given."""
    return tmp_path / "kept"


def azd(
    install: Install, log: Path, kept: Path, values: dict[str, str] = VALUES, code: int = 0
) -> None:
    install("azd")
    script = KEEPER.format(
        python=sys.executable, log=str(log), values=values, kept=str(kept), code=code
    )
    (log.parent / "azd").write_text(script)


def test_azd_sends_it_where_its_environment_is_the_apps(
    root: Path, install: Install, log: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    azd(install, log, kept)
    install("func")
    assert main(["app"], root) == 0
    *questions, (*sent, folder) = calls(log)
    assert sent == ["azd", *DEPLOY]
    assert {call[-1] for call in questions} == {str(root)}
    assert not Path(folder).exists()
    assert (kept / "app.zip").read_bytes() == (root / "app.zip").read_bytes()
    assert capsys.readouterr().err.endswith(f"doctor --url {VALUES['PROXY_URL']}\n")


def test_azds_project_lets_nobody_build_and_holds_no_secret(
    root: Path, install: Install, log: Path, kept: Path
) -> None:
    azd(install, log, kept, VALUES | {"ANTHROPIC_AUTH_TOKEN": "secret"})
    assert main(["app"], root) == 0
    yaml = pytest.importorskip("yaml", reason="needs PyYAML (requirements-dev.txt)")
    project = yaml.safe_load((kept / "azure.yaml").read_text())
    assert azure_yaml_mistakes(project) == []
    assert project["services"]["api"]["remoteBuild"] is False
    assert project["services"]["api"]["resourceName"] == "app"
    environment = (kept / ".azure/publish/.env").read_text().splitlines()
    places = [line.partition("=")[0] for line in environment]
    assert places == ["AZURE_ENV_NAME", *azd_module.PLACE]
    assert "AZURE_RESOURCE_GROUP='rg-(mine)'" in environment
    assert "ANTHROPIC_AUTH_TOKEN" not in {call[3] for call in calls(log) if call[1] == "env"}


def test_az_goes_before_azd(root: Path, install: Install, log: Path, kept: Path) -> None:
    azd(install, log, kept)
    az(install)
    assert main(["app"], root) == 0
    assert {call[0] for call in calls(log)} == {"az"}


@pytest.mark.parametrize(
    "values",
    [
        {},
        VALUES | {"AZURE_FUNCTION_NAME": "another"},
        {name: value for name, value in VALUES.items() if name != "AZURE_RESOURCE_GROUP"},
    ],
)
def test_azd_of_another_app_is_not_asked_to_send(
    root: Path,
    install: Install,
    log: Path,
    kept: Path,
    values: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    azd(install, log, kept, values)
    assert main(["app"], root) == 1
    assert "azd's environment here is not app's, so nothing was sent" in capsys.readouterr().err
    install("func")
    assert main(["app"], root) == 0
    assert calls(log)[-1][0] == "func"


def test_what_azd_does_not_take_stays(
    root: Path, install: Install, log: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    azd(install, log, kept, code=1)
    install("func")
    assert main(["app"], root) == 1
    assert "The package was not taken" in capsys.readouterr().err
    assert (root / "app.zip").exists()
    assert "func" not in {call[0] for call in calls(log)}  # a second way could do it twice


# --- what goes wrong ------------------------------------------------------------


@pytest.mark.parametrize("there", [True, False])
def test_without_a_way_the_zip_stays_and_the_command_is_said(
    root: Path, install: Install, capsys: pytest.CaptureFixture[str], there: bool
) -> None:
    if there:
        az(install, functionapp_list="fails")
    assert main(["app"], root) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("az is not signed in" if there else "Neither az nor func is here")
    assert f"--resource-group GROUP --name app --src {root.resolve() / 'app.zip'}" in last
    assert (root / "app.zip").exists()


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"functionapp_list": []}, "az finds no function app app in the subscription"),
        (
            {"functionapp_show": [None, "host", None, None, None, "PYTHON|3.12"]},
            "app runs Python 3.12, and the package is for 3.13",
        ),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_built(
    root: Path,
    install: Install,
    capsys: pytest.CaptureFixture[str],
    answers: dict[str, object],
    sentence: str,
) -> None:
    az(install, **answers)
    assert main(["app"], root) == 1
    said = capsys.readouterr().err
    assert said.startswith(sentence)
    assert said.count("\n") == 1
    assert not (root / "app.zip").exists()


def test_a_failed_upload_is_one_sentence(
    root: Path, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    az(install, functionapp_deployment="fails")
    assert main(["app"], root) == 1
    assert "The package was not taken" in capsys.readouterr().err.splitlines()[-1]


def test_settings_that_the_app_lacks_are_named(
    root: Path, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    az(install, functionapp_config_appsettings_list=["BIG_MODEL", "SMALL_MODEL"])
    assert main(["app"], root) == 0
    lacks = "app lacks settings that it cannot serve without: AZURE_OPENAI_ENDPOINT, ANTHROPIC_AUTH"
    assert lacks in capsys.readouterr().err


def test_settings_that_may_not_be_listed_stop_nothing(
    root: Path, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    az(install, functionapp_config_appsettings_list="fails")
    assert main(["app"], root) == 0
    assert "Settings come before the first publish" in capsys.readouterr().err


def test_only_names_of_settings_are_asked_for(root: Path, install: Install, log: Path) -> None:
    az(install)
    main(["app"], root)
    (asked,) = [call for call in calls(log) if "appsettings" in call]
    assert asked[asked.index("--query") + 1] == "[?value].name"


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (ALL, []),
        ([*ALL[1:], "ALLOW_ANONYMOUS"], []),
        (ALL[1:], ["ANTHROPIC_AUTH_TOKEN"]),
        ([], sorted(ALL)),
    ],
)
def test_which_settings_are_missing(settings: list[str], missing: list[str]) -> None:
    assert sorted(missing_settings(frozenset(settings))) == missing


def test_a_package_that_cannot_be_built_is_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise Failure("There is no wheel.")

    monkeypatch.setattr(package, "_install", refuse)
    assert main(["app", "--no-upload"], root) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "There is no wheel."


def test_a_folder_that_is_not_there_is_one_sentence(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(root / "nowhere" / "app.zip")
    assert main(["app", "--no-upload", "--zip", nowhere], root) == 1
    assert "No such file or directory." in capsys.readouterr().err.splitlines()[-1]


def test_ctrl_c_ends_with_130(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "make", interrupt)
    assert main(["app", "--no-upload"], root) == 130
