"""What others have published about canonical JSON and disclosures, case by case.

The first is a library's doing, and these tests are why we may rely on it. For
where the vectors lie, see test_published_vectors.py.
"""

import json
import math
import os
import struct
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import rfc8785

SHARED = Path(os.environ.get("FOLLOWTHROUGH_SHARED") or Path(__file__).parents[3] / "shared")

pytestmark = pytest.mark.skipif(
    not (SHARED / "vectors").is_dir(),
    reason=f"there are no published vectors in {SHARED / 'vectors'}",
)


def _published(name: str) -> dict[str, Any]:
    path = SHARED / "vectors" / f"{name}.json"
    # The cases are named while pytest collects, which is before it skips.
    if not path.exists():
        return {}
    published: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return published


JCS = _published("08_rfc8785_jcs")
SD_JWT = _published("14_sd_jwt_disclosures")


@pytest.mark.parametrize("case", JCS.get("cases", []))
def test_canonical_json_of_rfc8785(case: dict[str, Any]) -> None:
    assert rfc8785.dumps(json.loads(case["input_utf8"])).hex() == case["output_hex"]


def _double(bits: int) -> float:
    (number,) = struct.unpack(">d", bits.to_bytes(8))
    return float(number)


@pytest.mark.parametrize("case", JCS.get("numbers", []))
def test_numbers_of_rfc8785(case: dict[str, Any]) -> None:
    number = _double(int(case["ieee754_hex"], 16))

    if case["text"] is None:
        with pytest.raises(rfc8785.FloatDomainError):
            rfc8785.dumps(number)
    else:
        assert rfc8785.dumps(number).decode() == case["text"]


def _generated() -> Iterator[int]:
    """Bits of the numbers of the 100-million-line file of cyberphone/json-canonicalization, in its order."""
    yield from (int(bits, 16) for bits in JCS["generator_static_u64"])
    yield from range(0x0010000000000000, 0x0010000000000000 + 2000)
    block = bytes(32)
    while True:
        block = sha256(block).digest()
        yield from (bits for (bits,) in struct.iter_unpack("<Q", block) if math.isfinite(_double(bits)))


@pytest.mark.parametrize("lines", [1_000, 10_000, 100_000])
def test_a_hundred_thousand_numbers_of_rfc8785(lines: int) -> None:
    accumulated = sha256()

    for bits in islice(_generated(), lines):
        accumulated.update(b"%x,%b\n" % (bits, rfc8785.dumps(_double(bits))))

    assert accumulated.hexdigest() == JCS["generator_sha256_by_lines"][str(lines)]


@pytest.mark.parametrize("case", SD_JWT.get("disclosures", []))
def test_disclosures_of_rfc9901(case: dict[str, Any]) -> None:
    disclosure = urlsafe_b64encode(case["json"].encode()).rstrip(b"=")
    digest = urlsafe_b64encode(sha256(disclosure).digest()).rstrip(b"=")

    assert disclosure.decode() == case["disclosure"]
    assert digest.decode() == case["digest"]
