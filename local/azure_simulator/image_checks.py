"""Images that Azure refuses, in either API's layout."""

import re
from typing import Any

from local.azure_simulator.checks import check_string
from local.azure_simulator.models import Family
from local.azure_simulator.refusals import invalid_request, invalid_type

LONGEST_IMAGE = 20_971_520
IMAGE_URL = re.compile(r"https?://|data:image/(png|jpeg|jpg|webp|gif);base64,[A-Za-z0-9+/]+=*$")


def check_image_url(path: str, url: Any) -> None:
    if not isinstance(url, str):
        raise invalid_type(path, "an image URL", url)
    check_string(path, url, LONGEST_IMAGE)
    if not IMAGE_URL.match(url):
        message = (
            f"Invalid '{path}'. Expected a base64-encoded data URL with an image MIME type "
            "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported data instead."
        )
        raise invalid_request(message, path, "invalid_value")


def check_images(family: Family, count: int, param: str) -> None:
    if count and not family.image_input:
        message = "Invalid content type. image_url is only supported by certain models."
        raise invalid_request(message, param)
    if family.max_images is not None and count > family.max_images:
        raise invalid_request(f"Too many images in request. Max is {family.max_images}.", param)
