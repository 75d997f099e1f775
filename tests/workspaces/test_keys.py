"""What an API key is made of."""

from hashlib import sha256
from string import ascii_letters, digits
from uuid import UUID

from hypothesis import given, strategies

from app.workspaces import keys


@given(strategies.uuids())
def test_a_key_says_where_to_look_and_nothing_else(workspace_id: UUID) -> None:
    key = keys.mint(workspace_id)

    found = keys.parse(key)

    assert found == (workspace_id, sha256(key.encode()).digest())


@given(strategies.uuids())
def test_no_two_keys_are_the_same(workspace_id: UUID) -> None:
    assert keys.mint(workspace_id) != keys.mint(workspace_id)


@given(strategies.text() | strategies.from_regex(r"ft_[A-Za-z0-9_-]{60,70}"))
def test_any_text_is_a_key_or_none(text: str) -> None:
    found = keys.parse(text)

    letters = set(ascii_letters + digits + "_-")
    assert (found is not None) == (len(text) == 67 and text.startswith("ft_") and set(text) <= letters)


@given(strategies.uuids(), strategies.integers(0, 66))
def test_a_key_with_another_character_is_another_key(workspace_id: UUID, place: int) -> None:
    key = keys.mint(workspace_id)
    other = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]

    assert keys.parse(other) != keys.parse(key)
