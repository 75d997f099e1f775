"""`If-Match`: nobody overwrites what they have not seen."""

import pytest

from tests.client import Client
from tests.given import Given
from tests.ingest.samples import sample
from tests.routes import Operation, one_of_each, operations

ADDS = {
    *("POST /v1/commitments/{commitment}/evidence", "POST /v1/plans/{plan}/evidence"),
    "POST /v1/commitments/{commitment}/evidence/{piece}/supersession",
    "POST /v1/plans/{plan}/evidence/{piece}/supersession",
    *("POST /v1/api-keys/{key}/rotation", "POST /v1/notices/{notice}/plan", "POST /v1/plans/{plan}/amendments"),
    *("POST /v1/commitments/{commitment}/extensions", "POST /v1/commitments/{commitment}/waivers"),
}
"""These add something beside what they name, and change nothing that was seen."""

CHANGES = [
    one
    for one in operations()
    if one.method != "GET" and str(one) not in ADDS and (one.names_one or one.method == "PATCH")
]


def at_hand(operation: Operation, given: Given) -> dict[str, str]:
    """Return names of things in a state that the operation can change."""
    names, last = one_of_each(given), operation.template.rpartition("/")[2]
    given.member("bo")
    if "{plan}" in operation.template:
        names["plan"] = plan_at_hand(last, given)
    match last:
        case "verification":
            given.done(names["commitment"])
        case "pause":
            given.post(f"/v1/commitments/{names['commitment']}/start")
        case "closure":
            given.post(f"/v1/notices/{names['notice']}/response", {"note": "It is in stock."})
        case "resolution":
            names["message"] = given.post("/v1/ingest/amazon", sample("account-status"))["data"][0]["message"]
        case "reassignment":
            given.post(f"/v1/commitments/{names['commitment']}/reassignment", {"owner": "bo@example.com"})
    if last in {"sign-off", "decision", "verification", "effectiveness"}:
        given.api.patch("/v1/workspace", json={"four_eyes": False})
    return names


def plan_at_hand(last: str, given: Given) -> str:
    if last == "effectiveness":
        reference: str = given.plan()["reference"]
        given.done(f"{reference}.1")
        return reference
    plan: str = given.draft()["id"]
    if last == "decision":
        given.submit(plan)
    if last == "submissions":
        given.sign_off(plan)
    return plan


def seen(api: Client, operation: Operation, names: dict[str, str]) -> str:
    """Return the validator of what the operation changes."""
    last = operation.template.rfind("}")
    whole = last < 0 or operation.template.endswith("/effectiveness")
    template = operation.template if whole else operation.template[: last + 1]
    template = template.replace("/unresolved/", "/messages/")
    tag: str = api.get(template.format(**names)).headers["etag"]
    return tag


@pytest.mark.parametrize("operation", CHANGES, ids=str)
def test_a_change_is_refused_if_it_is_stale_and_made_if_it_is_not(
    api: Client, given: Given, operation: Operation
) -> None:
    names = at_hand(operation, given)
    tag = seen(api, operation, names)
    size = api.get("/v1/events").json()["size"]

    stale = operation.ask(api, names, headers={"If-Match": '"older"'})

    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/stale")
    assert stale.headers["etag"] == tag
    assert api.get("/v1/events").json()["size"] == size
    current = operation.ask(api, names, headers={"If-Match": f'"older", {tag}'})
    assert current.is_success
    assert api.get("/v1/events").json()["size"] > size
    assert operation.ask(api, names, headers={"If-Match": tag}).status_code in {409, 412}


def test_every_change_of_one_thing_takes_a_precondition() -> None:
    assert [str(one) for one in CHANGES if "If-Match" not in one.parameters] == []
