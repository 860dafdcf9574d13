"""A delta of which nothing matters but its words, read for a tenth of what other events cost.

`PlainDelta` names whatever `ReplyReader` looks at in a delta. One that lacks its words, or has
something else where a string or a number belongs, is not plain: it is read as all other events.
"""

import msgspec
from msgspec import UNSET, UnsetType

from proxy_core.wire.sse import ServerSentEvent

Rest = tuple[str, str, int | UnsetType, int | UnsetType, int | UnsetType]


class PlainDelta(msgspec.Struct, gc=False):
    type: str
    delta: str
    output_index: int | UnsetType = UNSET
    content_index: int | UnsetType = UNSET
    summary_index: int | UnsetType = UNSET


_decode = msgspec.json.Decoder(PlainDelta).decode


def read_plain(event: ServerSentEvent) -> tuple[Rest, str] | None:
    try:
        read = _decode(event.data)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return (
        event.event,
        read.type,
        read.output_index,
        read.content_index,
        read.summary_index,
    ), read.delta
