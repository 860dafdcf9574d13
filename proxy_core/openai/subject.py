"""What Azure's refusal of a request is about, where a client can do something about it.

https://platform.openai.com/docs/api-reference/responses/object#responses-object-error (its codes)

Nothing is learned from it and nothing left out: it decides in which words a client is told.
"""

import re
from dataclasses import dataclass

from proxy_core.errors import Subject, UpstreamError
from proxy_core.openai.overflow import is_overflow

REFUSALS = frozenset({400, 413, 415, 422})

# Anything may stand before the words but a quote, in which a client's own could be. The words are
# no part of a name that is not quoted, such as `get-image`.
_UNQUOTED = r"(?:[^'\"`:]|\b'\b){0,200}?(?<![\w-])"
# Or all that is quoted is a type of content.
_TYPE = r"(?:Invalid value: |Content type |Unsupported content type:? )?['\"`]"
# Parts of a request in which a client's own names stand; nothing that can be left out is there.
_DECLARED = re.compile(r"(?:tools|tool_choice|functions|text|response_format)\b")


@dataclass(frozen=True, slots=True)
class _Signs:
    """By which one subject is recognised; any of them is enough. Compiled as a Wording's."""

    code: str
    param: str
    message: str

    def fit(self, error: UpstreamError) -> bool:
        return bool(
            re.search(self.code, error.code)
            or re.search(self.param, error.param)
            or re.match(self.message, error.message, re.IGNORECASE)
        )


# The first that fits counts.
_SUBJECTS: dict[Subject, _Signs] = {
    "image": _Signs(
        r"(?:^|_)image",
        r"\bimage(?:_url)?(?:\.url)?$",
        rf"{_UNQUOTED}(?:images?|image_url|multimodal|vision)(?![\w-])"
        rf"|{_TYPE}(?:input_)?image(?:_url)?['\"`]"
        r"|Invalid '[\w.\[\]]*image_url|.{0,100}unknown variant `image_url`"
        r"|Unsupported (?:MIME|media) type:? ['\"`]?image/"
        r"|(?:Error|Timeout) while downloading https?:",
    ),
    "document": _Signs(
        r"(?:^|_)(?:file|pdf)",
        r"\bfile(?:_data|_url)?$",
        rf"{_UNQUOTED}(?:pdfs?|files?|documents?|input_file)(?![\w-])"
        rf"|{_TYPE}(?:input_)?(?:file|document)['\"`]"
        r"|Invalid '[\w.\[\]]*file_(?:data|url)|.{0,100}unknown variant `(?:input_)?file`"
        r"|Unsupported (?:MIME|media) type:? ['\"`]?application/pdf",
    ),
    "filter": _Signs(
        r"^content_filter$|_policy(?:_violation)?$|^moderation_blocked$|[Ii]nspection_?[Ff]ailed$",
        r"(?!)",
        r"Invalid prompt: (?:your prompt was flagged|we.ve limited access)"
        r"|This (?:content|request) (?:was|has been) flagged"
        r"|The response was filtered due to the prompt|Content Exists Risk"
        r"|Your request was rejected as a result of our safety system",
    ),
}


def tell_subject(error: UpstreamError) -> Subject:
    """Empty for whatever is no refusal, and for one that no client knows how to take."""
    if error.status not in REFUSALS:
        return ""
    if is_overflow(error):
        return "overflow"
    if _DECLARED.match(error.param):
        return ""
    return next((subject for subject, signs in _SUBJECTS.items() if signs.fit(error)), "")
