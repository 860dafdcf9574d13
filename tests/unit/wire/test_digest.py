"""A name for a text that tells nothing of it."""

import re

from proxy_core.wire.digest import digest


def test_a_digest_hides_its_text() -> None:
    assert digest("user") == digest("user") != digest("other")
    assert re.fullmatch("[0-9a-f]{32}", digest("user \ud800"))
