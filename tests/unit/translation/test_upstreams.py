"""What no upstream is asked for."""

import pytest

from proxy_core.conversation import Image, Message, Part, Request, Text, ToolCall, ToolResult
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.errors import BadRequest
from proxy_core.translation.upstreams import write_request

IMAGE = Image("data:image/png;base64,AAAA")
CALL = Message("assistant", (ToolCall("call_1", "look", "{}"),))


def asked(model: str, *parts: Part) -> dict[str, object]:
    messages = (Message("user", (Text("Look."),)), CALL, Message("user", parts))
    deployment = Deployment(model, "responses", find_family(model))
    return write_request(Request("claude", messages), deployment)


@pytest.mark.parametrize("image", [IMAGE, ToolResult("call_1", (Text("Here."), IMAGE))])
def test_an_image_for_a_model_that_takes_none_is_refused(image: Part) -> None:
    with pytest.raises(BadRequest, match="'o3-mini' runs a model that takes text alone") as caught:
        asked("o3-mini", image)
    assert caught.value.about == "image"
    assert asked("o3", image)
    assert asked("o3-mini", Text("An image."))
