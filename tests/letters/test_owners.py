"""Whom a letter makes responsible."""

import pytest

from app.letters.owners import Known, Members
from tests.given import CAST

MEMBERS = Members(Known(one["name"], one["email"]) for one in CAST.values())
ADA, BO = "ada@example.com", "bo@example.com"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Ada Okafor will remove the units.",
            "Remove the units. Responsible: Ada",
            "Remove the units (owner: ADA@example.com)",
        ),
        *(
            "On Friday Ada will remove the units.",
            "Remove the units (Ada Okafor).",
            "Remove the units; Owner: Ada Okafor",
        ),
        *(
            "Our manager, Ada Okafor, will remove them.",
            "Assigned to Ada Okafor",
            "Ada, our manager, is going to remove them.",
        ),
    ],
)
def test_a_member_is_known_by_name_first_name_or_address(text: str) -> None:
    found = MEMBERS.owner_of(text)

    assert (found.email, found.names, found.doubts) == (ADA, [], [])
    assert found.place
    assert text[slice(*found.place)].lower() in ("ada okafor", "ada", ADA)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "We will remove the units.",
            "Amazon Seller Support will be told.",
            "Every Friday will do.",
            "Remove them (SKU A-1).",
        ),
        *("Responsible: the warehouse team", "Will be removed.", "Removal is to be done by March."),
    ],
)
def test_nobody_is_named(text: str) -> None:
    found = MEMBERS.owner_of(text)

    assert (found.email, found.names) == (None, [])


@pytest.mark.parametrize("text", ["Dana Whitfield will do it.", "Owner: Dana Whitfield", "We will (Dana Whitfield)."])
def test_a_name_that_is_no_members_is_given_back(text: str) -> None:
    found = MEMBERS.owner_of(text)

    assert (found.email, found.names) == (None, ["Dana Whitfield"])


def test_of_two_members_nobody_is_taken() -> None:
    found = MEMBERS.owner_of("Ada Okafor and Bo will meet the supplier.")

    assert (found.email, found.names) == (None, ["Ada Okafor", "Bo Lindqvist"])
    assert found.doubts == ["It names several members: who of them is accountable?"]


@pytest.mark.parametrize("who", ["Bo Lindqvist", "bo@example.com"])
def test_who_is_told_is_not_who_acts(who: str) -> None:
    found = MEMBERS.owner_of(f"We will send the report to {who}.")

    assert (found.email, found.names) == (None, ["Bo Lindqvist"])
    assert found.doubts == ["A member is named, but not said to be the one who acts."]


def test_a_first_name_that_two_share_names_neither() -> None:
    members = Members([Known("Ada Okafor", ADA), Known("Ada Brandt", "brandt@example.com"), Known("Bo Lindqvist", BO)])

    assert members.owner_of("Owner: Ada").names == ["Ada"]
    assert members.owner_of("Ada will do it.").email is None
    assert members.owner_of("Ada Brandt will do it.").email == "brandt@example.com"


def test_a_member_may_be_called_like_a_month() -> None:
    members = Members([Known("April May", "april@example.com")])

    assert members.owner_of("April May will do it by 1 May.").email == "april@example.com"
