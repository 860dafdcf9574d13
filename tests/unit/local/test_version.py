from pathlib import Path

import pytest

from local.version import describe_version

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("content", "described"),
    [
        ('[project]\nname = "it"\nversion = "7.8.9"\n', "AzureGptProxy 7.8.9"),
        ("[project]\n", "AzureGptProxy of an unknown version"),
    ],
)
def test_the_version_is_the_projects(tmp_path: Path, content: str, described: str) -> None:
    (tmp_path / "pyproject.toml").write_text(content)
    assert describe_version(tmp_path) == described


def test_a_repository_around_the_project_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('version = "7.8.9"\n')
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert describe_version(tmp_path) == "AzureGptProxy 7.8.9"


def test_ours() -> None:
    assert describe_version(ROOT).startswith("AzureGptProxy 0.")
