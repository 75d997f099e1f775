"""Nobody can lock everybody out."""

from concurrent.futures import ThreadPoolExecutor

from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given


def first_key(api: Client) -> str:
    """Return the id of the service key that every workspace begins with."""
    key: str = api.get("/v1/api-keys").json()["data"][0]["id"]
    return key


def admins(given: Given) -> tuple[Client, Client]:
    """Return two admins' clients, in a workspace whose service key is gone."""
    given.member("ada")
    given.api.patch(f"/v1/members/{given.member('bo')['id']}", json={"role": "admin"})
    ada, bo = given.client_of("ada"), given.client_of("bo", "read", "write", "approve", "admin")
    assert ada.delete(f"/v1/api-keys/{first_key(ada)}").status_code == 200
    return ada, bo


def test_the_last_key_that_can_administer_cannot_be_revoked(api: Client, tenant: Tenant) -> None:
    answer = api.delete(f"/v1/api-keys/{first_key(api)}")

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-admin")
    assert api.with_key(tenant.key).get("/v1/workspace").status_code == 200


def test_a_key_that_expires_does_not_count(api: Client, given: Given) -> None:
    given.post("/v1/api-keys", {"name": "Guest", "scopes": ["admin"], "expires_at": "2026-03-03T00:00:00Z"})

    assert api.delete(f"/v1/api-keys/{first_key(api)}").status_code == 409


def test_one_of_two_admins_can_leave_and_the_other_cannot(given: Given) -> None:
    ada, _ = admins(given)

    assert ada.patch(f"/v1/members/{given.member('bo')['id']}", json={"active": False}).status_code == 200
    assert ada.patch(f"/v1/members/{given.member('ada')['id']}", json={"role": "viewer"}).status_code == 409
    assert ada.patch(f"/v1/members/{given.member('ada')['id']}", json={"name": "Ada Lin"}).status_code == 200


def test_two_admins_who_demote_each_other_at_once_leave_one(given: Given) -> None:
    ada, bo = admins(given)
    theirs = [(ada, given.member("bo")["id"]), (bo, given.member("ada")["id"])]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one[0].patch(f"/v1/members/{one[1]}", json={"role": "viewer"}), theirs))

    assert sorted(one.status_code for one in answers) in ([200, 403], [200, 409])


def test_two_keys_revoked_at_once_leave_one(api: Client, given: Given) -> None:
    second = given.post("/v1/api-keys", {"name": "Second", "scopes": ["read", "admin"]})
    paths = [f"/v1/api-keys/{first_key(api)}", f"/v1/api-keys/{second['id']}"]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(api.with_key(second["secret"]).delete, paths))

    assert sorted(one.status_code for one in answers) in ([200, 401], [200, 409])


def test_of_many_changes_of_one_version_one_wins(api: Client, given: Given) -> None:
    path = f"/v1/members/{given.member('chidi')['id']}"
    seen = api.get(path).headers["etag"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: api.patch(path, json={"name": f"Chidi {n}"}, headers={"If-Match": seen}), range(8))
        )

    assert sorted(one.status_code for one in answers) == [200] + [412] * 7
