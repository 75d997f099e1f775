"""Making, replacing and revoking API keys, and what a client sees when its key does not work."""

import psycopg
import pytest

from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

Owner = psycopg.Connection[tuple[object, ...]]


def made(given: Given, *scopes: str, **more: object) -> dict[str, str]:
    key: dict[str, str] = given.post("/v1/api-keys", {"name": "Bot", "scopes": scopes or ("read",), **more}, 201)
    return key


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ft_short",
        "Basic YWRhOnNlY3JldA==",
        f"Bearer ft_{'A' * 64}",
        f"Bearer ft_{'A' * 63}é",
        f"Bearer gh_{'A' * 64}",
    ],
)
@pytest.mark.parametrize("path", ["/v1/workspace", "/v1/overdue"])
def test_what_is_no_key_is_refused_with_what_to_do(running: Client, header: str | None, path: str) -> None:
    answer = running.get(path, headers={} if header is None else {"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "/problems/unauthorized"
    assert "ft_" in answer.json()["detail"] or "not valid" in answer.json()["detail"]


def test_a_key_with_one_wrong_character_is_refused(api: Client, tenant: Tenant) -> None:
    wrong = tenant.key[:-1] + ("A" if tenant.key[-1] != "A" else "B")

    assert api.with_key(wrong).get("/v1/workspace").status_code == 401


def test_the_secret_of_one_workspace_opens_no_other(api: Client, cy: Client, tenant: Tenant) -> None:
    theirs = cy.headers["authorization"].removeprefix("Bearer ")
    mixed = tenant.key[:24] + theirs[24:]

    assert api.with_key(mixed).get("/v1/workspace").status_code == 401


def test_the_name_of_the_scheme_has_no_case(running: Client, tenant: Tenant) -> None:
    answer = running.get("/v1/workspace", headers={"Authorization": f"bearer {tenant.key}"})

    assert answer.status_code == 200


def test_a_key_works_until_the_instant_it_expires(api: Client, given: Given) -> None:
    bot = api.with_key(made(given, expires_at="2026-03-02T10:00:00Z")["secret"])

    assert bot.at("2026-03-02T09:59:59Z").get("/v1/workspace").status_code == 200
    refused = bot.at("2026-03-02T10:00:00Z").get("/v1/workspace")
    assert (refused.status_code, refused.json()["detail"]) == (401, "This key has expired.")


def test_a_key_cannot_be_made_expired(api: Client) -> None:
    answer = api.post("/v1/api-keys", json={"name": "Bot", "scopes": ["read"], "expires_at": "2026-03-02T09:00:00Z"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/body/expires_at"


def test_a_revoked_key_stops_at_once_and_stays_in_the_list(api: Client, given: Given) -> None:
    key = made(given)

    revoked = api.delete(f"/v1/api-keys/{key['id']}")

    assert revoked.json()["revoked_at"] == "2026-03-02T09:00:00Z"
    refused = api.with_key(key["secret"]).get("/v1/overdue")
    assert (refused.status_code, refused.json()["detail"]) == (401, "This key was revoked.")
    assert key["id"] in [one["id"] for one in api.get("/v1/api-keys").json()["data"]]
    assert api.delete(f"/v1/api-keys/{key['id']}").status_code == 409


def test_the_keys_of_a_member_who_left_stop_working(api: Client, given: Given) -> None:
    chidi = given.client_of("chidi")

    api.patch(f"/v1/members/{given.member('chidi')['id']}", json={"active": False})

    for path in ("/v1/workspace", "/v1/overdue"):
        refused = chidi.get(path)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert "has left" in refused.json()["detail"]


def test_a_key_is_replaced_without_cutting_anyone_off(api: Client, given: Given) -> None:
    old = made(given, "read", "write")

    new = given.post(f"/v1/api-keys/{old['id']}/rotation", {"overlap_hours": 2}, 201)

    assert (new["scopes"], new["revoked_at"], new["id"] != old["id"]) == (["read", "write"], None, True)
    before, after = api.with_key(old["secret"]), api.with_key(new["secret"])
    assert before.at("2026-03-02T10:59:59Z").get("/v1/workspace").status_code == 200
    assert before.at("2026-03-02T11:00:00Z").get("/v1/workspace").status_code == 401
    assert after.get("/v1/workspace").status_code == 200


def test_a_key_is_replaced_once(api: Client, given: Given) -> None:
    old = made(given)
    given.post(f"/v1/api-keys/{old['id']}/rotation")

    again = api.post(f"/v1/api-keys/{old['id']}/rotation", json={})

    assert (again.status_code, again.json()["type"]) == (409, "/problems/key-is-revoked")


def test_a_key_that_is_being_replaced_can_be_cut_off_early(api: Client, given: Given) -> None:
    old = made(given)
    given.post(f"/v1/api-keys/{old['id']}/rotation")

    api.delete(f"/v1/api-keys/{old['id']}")

    assert api.with_key(old["secret"]).get("/v1/workspace").status_code == 401


def test_a_key_may_do_no_more_than_its_member(api: Client, given: Given) -> None:
    body = {"name": "Bot", "scopes": ["read", "approve"], "member": given.member("chidi")["email"]}

    answer = api.post("/v1/api-keys", json=body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-too-powerful")
    assert answer.json()["errors"][0] == {
        "pointer": "/body/scopes",
        "detail": "Leave out `approve`.",
        "code": "too_powerful",
    }


def test_a_key_may_do_no_more_than_the_key_that_makes_it(api: Client, given: Given) -> None:
    only_admin = api.with_key(made(given, "admin")["secret"])

    answer = only_admin.post("/v1/api-keys", json={"name": "Bot", "scopes": ["read", "admin"]})

    assert answer.json()["type"] == "/problems/key-too-powerful"


def test_replacing_a_key_is_no_way_to_more_power(api: Client, given: Given) -> None:
    strong, only_admin = made(given, "read", "approve"), api.with_key(made(given, "admin")["secret"])

    answer = only_admin.post(f"/v1/api-keys/{strong['id']}/rotation", json={})

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-too-powerful")
    assert api.get(f"/v1/api-keys/{strong['id']}").json()["revoked_at"] is None


def test_a_demoted_member_s_key_shrinks_with_the_role(api: Client, given: Given) -> None:
    bo = given.client_of("bo")
    assert bo.post("/v1/plans", json={"title": "x"}).status_code == 201

    api.patch(f"/v1/members/{given.member('bo')['id']}", json={"role": "viewer"})

    assert bo.post("/v1/plans", json={"title": "x"}).status_code == 403
    assert bo.get("/v1/plans").status_code == 200


@pytest.mark.both_versions
def test_no_secret_is_stored_anywhere(api: Client, owner: Owner, tenant: Tenant) -> None:
    body = {"name": "Bot", "scopes": ["read"]}
    first = api.post("/v1/api-keys", json=body, headers={"Idempotency-Key": "make"}).json()
    second = api.post(f"/v1/api-keys/{first['id']}/rotation", json={}, headers={"Idempotency-Key": "replace"}).json()
    secrets = [tenant.key, first["secret"], second["secret"]]

    tables = owner.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    dump = "".join(
        str(row) for (table,) in tables.fetchall() for row in owner.execute(f"SELECT t::text FROM {table} t").fetchall()
    )

    for secret in secrets:
        assert secret not in dump
        assert secret[-43:] not in dump
        assert secret.encode().hex() not in dump
