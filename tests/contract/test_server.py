"""What only a real server shows."""

import httpx2


def test_head_answers_as_get_without_the_body(server: tuple[str, str]) -> None:
    address, key = server
    headers = {"Authorization": f"Bearer {key}"}

    with httpx2.Client(base_url=address, headers=headers) as client:
        head, get = client.head("/v1/workspace"), client.get("/v1/workspace")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(get.content))


def test_a_refused_head_keeps_the_connection(server: tuple[str, str]) -> None:
    with httpx2.Client(base_url=server[0]) as client:
        statuses = [client.head("/v1/workspace").status_code, client.get("/healthz").status_code]

    assert statuses == [401, 200]
