"""Takes settings by name from an environment, and remembers what is wrong with them.

https://learn.microsoft.com/azure/app-service/app-service-key-vault-references

Blank means "not set". Capitals do not count in a name: Windows keeps none apart, and tells all of
them in capitals. Of two spellings the last counts.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.configuration import names
from proxy_core.configuration.quoting import HIDDEN, quote
from proxy_core.configuration.switches import OFF, ON, read_switch
from proxy_core.errors import SettingsError

# What App Service leaves in a setting whose reference it could not follow.
_UNRESOLVED = re.compile(r"@Microsoft\.(?:KeyVault|AppConfiguration)\(", re.IGNORECASE)
# Files of settings for other programs have them, and `docker --env-file` hands them on.
_QUOTED = re.compile(r"(?:\"(.*)\"|'(.*)'|`(.*)`|\u201c(.*)\u201d|\u2018(.*)\u2019)", re.DOTALL)
_DURATION = re.compile(r"(?:(\d{1,6})\.)?(\d{1,6}):(\d{1,6}):(\d{1,6})", re.ASCII)

SHORTEST_SECRET = 4  # characters; less than that is in every second word


class EnvironReader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        stripped = {name.upper(): value.strip() for name, value in environ.items() if value.strip()}
        self._environ = stripped
        self._secrets = tuple(self._find_secrets())
        self._problems: dict[str, None] = {}  # each is told once
        self._doubts: dict[str, None] = {}
        self._misspelt = dict(names.find_misspelt(stripped))

    def refuse(self, problem: str) -> None:
        """With a sentence about what cannot be used."""
        self._problems[problem] = None

    def doubt(self, sentence: str) -> None:
        """Something can be used, but is hardly meant."""
        self._doubts[sentence] = None

    def finish(self) -> tuple[str, ...]:
        """What is doubtful. Raises SettingsError with every problem in it."""
        doubts = (*self._doubts, *(names.say(*pair) for pair in self._misspelt.items()))
        if self._problems:
            raise SettingsError(*self._problems, doubts=doubts)
        return doubts

    def quote(self, value: str) -> str:
        """It may be shown, unless it is a secret or looks like one."""
        return HIDDEN if any(secret in value for secret in self._secrets) else quote(value)

    def in_brackets(self, value: str) -> str:
        """Behind a setting's name; empty where the value must not be shown."""
        quoted = self.quote(value)
        return "" if quoted == HIDDEN else f" ({quoted})"

    def is_set(self, name: str) -> bool:
        return name.upper() in self._environ

    def is_unresolved(self, name: str) -> bool:
        return bool(_UNRESOLVED.search(self._environ.get(name.upper(), "")))

    def require(self, name: str, meaning: str) -> str:
        if not self.is_set(name):
            other = next((wrong for wrong, right in self._misspelt.items() if right == name), "")
            instead = f", but {other} is" if other else ""
            self.refuse(f"{name} is not set{instead}: {meaning}.")
        return self.text(name)

    def text(self, name: str) -> str:
        value = self._environ.get(name.upper(), "")
        if self.is_unresolved(name):
            self.refuse(
                f"{name} is a reference that Azure could not resolve: check that the app may read "
                "the secret."
            )
            return ""
        if found := _QUOTED.fullmatch(value):
            self.refuse(f"{name} stands in quotes: write its value without them.")
            return "".join(filter(None, found.groups())).strip()
        return value

    def list(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, (part.strip() for part in self.text(name).split(","))))

    def flag(self, name: str) -> bool:
        value = self.text(name)
        switch = read_switch(value)
        if value and switch is None:
            self._refuse_choice(name, value, (ON[0], OFF[0]))
        return bool(switch)

    def choice(self, name: str, choices: tuple[str, ...], default: Any) -> Any:
        value = self.text(name).lower()
        if "off" in choices and read_switch(value) is False:
            value = "off"
        if value in choices:
            return value
        if value:
            self._refuse_choice(name, value, choices)
        return default

    def _refuse_choice(self, name: str, value: str, choices: tuple[str, ...]) -> None:
        near = names.find_nearest(value.lower(), choices)
        hint = f"; did you mean {near}?" if near else "."
        self.refuse(f"{name} is {self.quote(value)}, and can be {', '.join(choices)}{hint}")

    def duration(self, name: str, *, called: str) -> int | None:
        """Seconds; None where there is no limit. `called`: as people know the setting."""
        value = self.text(name)
        if value in ("", "-1"):
            return None
        found = _DURATION.fullmatch(value)
        if not found:
            self.refuse(f"{called} is {self.quote(value)}, and must read hh:mm:ss, or -1.")
            return None
        days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def pairs(self, name: str) -> Iterator[tuple[str, str]]:
        for pair in self.list(name):
            key, equals, value = (part.strip() for part in pair.partition("="))
            if not (key and equals and value):
                self.refuse(
                    f"{name} holds {self.quote(pair)}, and must read deployment=model,"
                    "deployment=model, such as prod=gpt-5.4."
                )
                return
            yield key, value

    def _find_secrets(self) -> Iterator[str]:
        for name in names.SECRETS:
            value = self._environ.get(name, "")
            secrets = (value, *(part.strip() for part in value.split(",")))
            yield from (secret for secret in secrets if len(secret) >= SHORTEST_SECRET)
