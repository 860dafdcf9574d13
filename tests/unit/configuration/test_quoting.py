"""What of a value may be shown."""

import pytest

from proxy_core.configuration.quoting import HIDDEN, is_key, quote


@pytest.mark.parametrize(
    "value",
    [
        *("huge", "gpt-5.4-mini", "GPT-4oMini", "o4-mini", "prod2026", "MyResource", "5", ""),
        *("https://mine.openai.azure.com", "2025-04-01-preview", "20250101", "a b", "us.x-v1:0"),
    ],
)
def test_words_are_shown(value: str) -> None:
    assert quote(value) == f"'{value}'"


@pytest.mark.parametrize(
    "value",
    [
        *("sk-123456", "pk-live", "Bearer x", "api-key: x", "token=x", "me@example.com"),
        *("eyJhbGciOiJIUzI1NiJ9.e30.x", "0123456789abcdef" * 2, "a1B2c3D4e5F6g7H8", "é", "a\nb"),
        *("x" * 65, "x" * 21, "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "a\udc80"),
    ],
)
def test_what_may_be_a_secret_is_not(value: str) -> None:
    assert quote(value) == HIDDEN


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("sk-123456", True),
        ("sk-prod", False),
        ("0123456789abcdef" * 2, True),
        ("a1B2" * 21, True),
        ("aoai-ujkx5q6d7lkoi", False),
        ("my-company-prod-gpt-deployment-west-europe-01", False),
    ],
)
def test_what_is_surely_a_key(value: str, is_one: bool) -> None:
    assert is_key(value) is is_one
