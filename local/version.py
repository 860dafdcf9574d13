"""pyproject.toml, which owns the version, and git, which knows the commit -> what this is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def describe_version(root: Path) -> str:
    commit = _find_commit(root)
    return f"AzureGptProxy {read_project_version(root)}" + (f" ({commit})" if commit else "")


def read_project_version(root: Path) -> str:
    # Not tomllib, which is 3.11's.
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "([^"]+)"$', text, re.MULTILINE)
    return found.group(1) if found else "of an unknown version"


def _find_commit(root: Path) -> str:
    """Empty where git is missing or knows nothing of this folder, though it may of one above."""
    command = ["git", f"--git-dir={root / '.git'}", f"--work-tree={root}"]
    command += ["describe", "--always", "--dirty", "--exclude=*"]
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=10,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
