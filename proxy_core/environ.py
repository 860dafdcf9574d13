"""Takes settings by name from an environment, and remembers what is wrong with them.

https://learn.microsoft.com/azure/app-service/app-service-key-vault-references

Blank means "not set". Capitals do not count in a name: Windows keeps none apart, and tells all of
them in capitals. Of two spellings the last counts.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.errors import SettingsError

# What App Service leaves in a setting whose reference it could not follow.
_UNRESOLVED = re.compile(r"@Microsoft\.(?:KeyVault|AppConfiguration)\(", re.IGNORECASE)

_DURATION = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)")


class EnvironReader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        stripped = {name.upper(): value.strip() for name, value in environ.items() if value.strip()}
        self._environ = stripped
        self._problems: dict[str, None] = {}  # each is told once

    def refuse(self, problem: str) -> None:
        self._problems[problem] = None

    def finish(self) -> None:
        """Raises SettingsError with every problem in it."""
        if self._problems:
            raise SettingsError(f"These settings cannot be used: {'; '.join(self._problems)}.")

    def is_unresolved(self, name: str) -> bool:
        return bool(_UNRESOLVED.search(self._environ.get(name.upper(), "")))

    def text(self, name: str) -> str:
        if self.is_unresolved(name):
            self.refuse(
                f"{name} is a reference that Azure could not resolve: check that the app may read "
                "the secret"
            )
        return self._environ.get(name.upper(), "")

    def list(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, (part.strip() for part in self.text(name).split(","))))

    def flag(self, name: str) -> bool:
        return bool(self.choice(name, ("true", "false"), "false") == "true")

    def choice(self, name: str, choices: tuple[str, ...], default: Any) -> Any:
        value = self.text(name).lower()
        if value and value not in choices:
            self.refuse(f"{name} must be one of {', '.join(choices)}")
        return value or default

    def duration(self, name: str, *, called: str) -> int | None:
        """Seconds; None where there is no limit. `called`: as people know the setting."""
        value = self.text(name)
        if value in ("", "-1"):
            return None
        found = _DURATION.fullmatch(value)
        if not found:
            self.refuse(f"{called} must read hh:mm:ss, or -1")
            return None
        days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def pairs(self, name: str) -> Iterator[tuple[str, str]]:
        for pair in self.list(name):
            key, equals, value = (part.strip() for part in pair.partition("="))
            if not (key and equals and value):
                self.refuse(f"{name} must read deployment=model,deployment=model")
                return
            yield key, value
