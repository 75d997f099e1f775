"""What docs/changes.md shows is true: each request is sent as it stands there, each answer is the one there."""

import json
import re
from typing import Any

from tests.client import Client
from tests.documented import page, requests
from tests.effectiveness.given import WINDOW, came_back, carried_out
from tests.given import NOTE, Given

PAGE = page("changes.md")
SENT = requests(PAGE)
ANSWERS = [json.loads(one) for one in re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)]


def send(client: Client, number: int, id_: str = "") -> Any:
    return SENT[number].by(client, {"01a2...": id_})


def without_ids(answer: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of what is shown of it."""
    return {name: answer[name] for name in shown if name not in {"id", "notices"}}


def test_what_is_asked_for_and_decided(api: Client, given: Given) -> None:
    given.plan(given.promise(), given.promise(owner="chidi", due_on="2026-03-06", recurrence="FREQ=WEEKLY"))
    ada, bo = given.client_of("ada"), given.client_of("bo")

    asked = send(ada, 0)
    assert without_ids(asked, ANSWERS[0]) == without_ids(ANSWERS[0], ANSWERS[0])
    assert send(bo, 1, asked["id"])["state"] == "granted"
    ada.at("2026-04-12T18:00:00Z").post("/v1/commitments/POA-1.1/completion", json={"evidence": NOTE})
    done = api.get("/v1/commitments/POA-1.1").json()
    assert f'"days_late": {done["days_late"]}, "days_late_vs_original": {done["days_late_vs_original"]}' in PAGE
    assert send(bo, 2)["state"] == "open"
    assert send(ada, 3, given.member("chidi")["id"])["active"] is False
    assert [one["recurrence"] for one in send(ada, 4)["commitments"]] == [None, "FREQ=MONTHLY;COUNT=6"]


def test_whether_it_worked(api: Client, given: Given) -> None:
    carried_out(given)
    notice = came_back(given)

    shown = send(api.at("2026-04-01T09:00:00Z"), 5)
    checked = send(given.client_of("bo").at(WINDOW), 6)

    assert without_ids(shown, ANSWERS[1]) == without_ids(ANSWERS[1], ANSWERS[1])
    assert shown["notices"] == [ANSWERS[1]["notices"][0] | {"notice": notice["id"]}]
    assert (checked["outcome"], len(SENT)) == ("effective", 7)


def addresses() -> list[tuple[str, str, dict[str, Any] | None]]:
    """Return method and path of what the table of addresses lists, and the body that it shows."""
    rows = re.findall(r"^\| (`(?:GET|POST) /v1.+?) \| (.+) \|$", PAGE, re.MULTILINE)
    return [
        (method, path, json.loads(body[0]) if (body := re.findall(r"`(\{.+?})`", said)) else None)
        for named, said in rows
        for method, path in re.findall(r"`(GET|POST) (/v1[^`]+)`", named)
    ]


def test_what_is_listed_is_there(api: Client) -> None:
    paths = api.get("/openapi.json").json()["paths"]

    assert len(addresses()) == 19
    assert [path for method, path, _ in addresses() if method.lower() not in paths.get(path, {})] == []


def test_what_is_shown_of_a_request_is_taken(given: Given) -> None:
    bodies = {path.rpartition("/")[2]: body for _, path, body in addresses() if body}
    given.commitment()
    bo = given.client_of("bo")

    made = given.post("/v1/api-keys", bodies.pop("api-keys"), 201)
    assert made["member"] == given.member("bo")["id"]
    asked = given.post("/v1/plans/POA-1/amendments", {"commitments": [given.promise() | {"why": "Asked for."}]}, 201)
    states = [
        bo.post(path, json=bodies.pop(path.rpartition("/")[2])).json()["state"]
        for path in (
            "/v1/commitments/POA-1.1/reassignment",
            "/v1/commitments/POA-1.1/completion",
            f"/v1/amendments/{asked['id']}/decision",
        )
    ]
    verified = given.client_of("ada").post("/v1/commitments/POA-1.1/verification", json=bodies.pop("verification"))

    assert (states, verified.json()["state"], bodies) == (["open", "done", "granted"], "verified", {})


def test_a_service_key_such_as_the_readmes_first_decides_nothing(given: Given) -> None:
    given.commitment()
    given.done("POA-1.1")
    service = given.api.with_key(
        given.post("/v1/api-keys", {"name": "First", "scopes": ["approve", "write"]})["secret"]
    )

    answer = service.post("/v1/commitments/POA-1.1/verification", json={"outcome": "verified"})

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/member-needed")
