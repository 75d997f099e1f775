"""Files as evidence, said in the words of the domain."""

from typing import Any

from tests.client import Client
from tests.files.samples import PDF


def uploaded(api: Client, content: bytes = PDF) -> str:
    """Upload a file and return its SHA-256."""
    answer = api.post("/v1/files", content=content)
    assert answer.is_success, answer.text
    sha256: str = answer.json()["sha256"]
    return sha256


def invoice(api: Client, content: bytes = PDF, **more: Any) -> dict[str, Any]:
    """Upload a file and return it as evidence is written."""
    return {"kind": "file", "sha256": uploaded(api, content), "name": "invoice-2026-11.pdf"} | more
