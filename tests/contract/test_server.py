"""What only a real server shows."""

import httpx2

from tests.contract.conftest import Server


def test_head_answers_as_get_without_the_body(server: Server) -> None:
    headers = {"Authorization": f"Bearer {server.key()}"}

    with httpx2.Client(base_url=server.address, headers=headers) as client:
        head, get = client.head("/v1/workspace"), client.get("/v1/workspace")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(get.content))


def test_a_refused_head_keeps_the_connection(server: Server) -> None:
    with httpx2.Client(base_url=server.address) as client:
        statuses = [client.head("/v1/workspace").status_code, client.get("/healthz").status_code]

    assert statuses == [401, 200]
