"""What docs/evidence.md shows is true: each request is sent as it stands there."""

import json
import re

from tests.client import Client
from tests.documented import page, requests
from tests.files.filing import uploaded
from tests.files.samples import PDF
from tests.given import Given

PAGE = page("evidence.md")


def test_a_file_becomes_evidence_and_a_wrong_one_is_superseded(api: Client, given: Given) -> None:
    for _ in range(7):
        given.plan(*(given.promise() for _ in range(3)))
    upload, attach, supersede = requests(PAGE)
    wrong = PDF + b"\n% of another supplier\n"

    file = upload.by(api, content=wrong)
    piece = attach.by(api, {"3f0a...": file["sha256"]})
    right = supersede.by(api, {"9c41...": uploaded(api), "01a2...": piece["id"]})

    (shown,) = (json.loads(one.replace(", ...", "")) for one in re.findall(r"^    # (\{.+\})$", PAGE, re.MULTILINE))
    assert (file.keys() >= shown.keys(), file["media_type"]) == (True, shown["media_type"])
    assert (file["size"], upload.body) == (len(wrong), "@invoice.pdf")
    listed = api.get("/v1/commitments/POA-7.3/evidence").json()["data"]
    assert [(one["title"], one["document_on"], one["superseded_by"]) for one in listed] == [
        ("invoice-2026-11.pdf", "2026-11-03", right["id"]),
        ("invoice-2026-10.pdf", "2026-10-30", None),
    ]
    assert api.get("/v1/commitments/POA-7.3").json()["evidence"] == 1
