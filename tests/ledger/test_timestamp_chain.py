"""From the authority's certificate to a root, over those that the answer brings along."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from app.ledger.timestamp import TimestampInvalid, check_timestamp
from tests import tsa
from tests.ledger.test_timestamp import IMPRINT, ROOT, key_usage
from tests.tsa import AT, YEAR, Party, Token

USAGE = x509.oid.ExtendedKeyUsageOID
IS_CA = (x509.BasicConstraints(ca=True, path_length=None), True)


def leads(*certificates: Party, root: Party = ROOT) -> bool:
    """Say whether a token of the first one, with all of them inside, is accepted."""
    reply = Token(certificates[0], IMPRINT, certificates=[one.der for one in certificates]).reply()
    try:
        return check_timestamp(reply, imprint=IMPRINT, roots=[root.der]) == AT
    except TimestampInvalid as error:
        return "leads to no root" not in str(error)


def test_others_may_stand_between() -> None:
    upper = tsa.between(ROOT, length=1)
    lower = tsa.between(upper, length=0)

    assert leads(tsa.stamper(lower), lower, upper)
    assert leads(tsa.stamper(lower), ROOT, upper, tsa.root("Other"), lower)
    assert not leads(tsa.stamper(lower), lower)


def test_no_more_may_stand_between_than_is_said() -> None:
    upper = tsa.between(ROOT, length=0)
    lower = tsa.between(upper)

    assert leads(tsa.stamper(upper), upper)
    assert not leads(tsa.stamper(lower), lower, upper)


@pytest.mark.parametrize(
    ("extensions", "good"),
    [
        ([IS_CA], True),
        ([], False),
        ([(x509.BasicConstraints(ca=False, path_length=None), True)], False),
        ([IS_CA, (key_usage("key_cert_sign"), True)], True),
        ([IS_CA, (key_usage("digital_signature"), True)], False),
        ([IS_CA, (x509.ExtendedKeyUsage([USAGE.TIME_STAMPING]), False)], True),
        ([IS_CA, (x509.ExtendedKeyUsage([USAGE.ANY_EXTENDED_KEY_USAGE]), False)], True),
        ([IS_CA, (x509.ExtendedKeyUsage([USAGE.SERVER_AUTH]), False)], False),
        ([IS_CA, (x509.NameConstraints([x509.DNSName("example.com")], None), True)], False),
        ([IS_CA, (x509.NameConstraints([x509.DNSName("example.com")], None), False)], True),
    ],
)
def test_who_stands_between_must_be_one_who_may_issue(
    extensions: list[tuple[x509.ExtensionType, bool]],
    good: bool,  # noqa: FBT001
) -> None:
    middle = tsa.party("Between", ROOT, *extensions)

    assert leads(tsa.stamper(middle), middle) is good


def test_who_stands_between_must_be_valid_at_the_time() -> None:
    past = tsa.between(ROOT, valid=(AT - YEAR, AT - YEAR / 2))

    assert not leads(tsa.stamper(past), past)


def test_a_name_is_not_enough() -> None:
    upper, twin = tsa.between(ROOT), tsa.between(ROOT)

    assert not leads(tsa.stamper(upper), twin)
    assert not leads(tsa.stamper(tsa.root()))


def test_a_weak_hash_under_a_certificate_is_refused() -> None:
    assert leads(tsa.stamper(ROOT, algorithm=hashes.SHA512()))
    assert not leads(tsa.stamper(ROOT, algorithm=hashes.SHA224()))


def test_certificates_that_issue_each_other_lead_nowhere() -> None:
    other = tsa.root("Other")
    one = tsa.between(other, name="One")
    two = tsa.between(one, name="Two")
    back = tsa.party("One", two, IS_CA, key=one.key)

    assert not leads(tsa.stamper(two), two, one, back)
    assert leads(tsa.stamper(two), two, one, back, root=other)


def test_a_certificate_with_a_part_that_is_no_der_is_refused() -> None:
    broken = x509.UnrecognizedExtension(x509.oid.ExtensionOID.EXTENDED_KEY_USAGE, b"junk")
    signer = tsa.party("Stamper", ROOT, (broken, True))

    with pytest.raises(TimestampInvalid, match="a certificate cannot be read"):
        check_timestamp(Token(signer, IMPRINT).reply(), imprint=IMPRINT, roots=[ROOT.der])
