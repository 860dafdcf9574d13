"""The lines of settings of many findings, as they can be pasted: each setting once."""

from collections.abc import Iterable, Mapping

from proxy_core.doctor.families import SETTING


def merge_lines(
    lines: Iterable[str], families: Mapping[str, str], speaks_responses: bool
) -> tuple[str, ...]:
    """`families`: as they are set; `speaks_responses`: whether any deployment does.

    One setting chooses the API of all, so it is only worth changing where none speaks Responses.
    """
    named = dict(families)
    others: dict[str, None] = {}
    is_changed = False
    for line in lines:
        setting, _, value = line.partition("=")
        if setting == SETTING:
            deployment, _, model = value.partition("=")
            named[deployment], is_changed = model, True
        elif not (line == "AZURE_OPENAI_API=chat" and speaks_responses):
            others[line] = None
    pairs = ",".join(f"{deployment}={model}" for deployment, model in named.items())
    return (*([f"{SETTING}={pairs}"] if is_changed else []), *others)
