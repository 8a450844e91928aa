"""What a name server says is read as the contract says, and each way of finding nothing has its name (A4 step 3)."""

from collections.abc import AsyncIterator

import dns.rcode
import pytest

from services.verifier.proof.txt import Names, Records
from tests.verifier.zone import NEGATIVE_TTL, Zone, a_zone


@pytest.fixture
async def zone() -> AsyncIterator[Zone]:
    async with a_zone() as made:
        yield made


async def look(zone: Zone, name: str) -> Records:
    return await Names([zone.address]).txt(name)


@pytest.mark.parametrize(
    ("record", "value"),
    [
        ("abc", "abc"),
        (("a" * 200, "b" * 200), "a" * 200 + "b" * 200),
        ("  abc\t ", "abc"),
        ('"abc"', "abc"),
        ('""abc""', '"abc"'),
        ('"', '"'),
    ],
)
async def test_one_record_is_one_value(zone: Zone, record: str | tuple[str, ...], value: str) -> None:
    """Strings are joined, blanks around them and one pair of quotes go."""
    zone.txt("rp.example", record)
    assert Records(values=(value,)) == await look(zone, "rp.example")


async def test_nothing_there(zone: Zone) -> None:
    """A name that does not exist and one without TXT are two reasons; both say how long that is remembered."""
    zone.txt("empty.example")
    assert Records(reason="dns_no_record", negative_ttl=NEGATIVE_TTL) == await look(zone, "empty.example")
    assert Records(reason="dns_nxdomain", negative_ttl=NEGATIVE_TTL) == await look(zone, "none.example")


async def test_failing_zones(zone: Zone) -> None:
    """A server failure and a signature that does not hold are told apart from absence and from each other."""
    zone.fail("broken.example", dns.rcode.SERVFAIL)
    zone.fail("refused.example", dns.rcode.REFUSED)
    zone.bogus("forged.example")
    found = [(await look(zone, f"{name}.example")).reason for name in ("broken", "refused", "forged")]
    assert ["dns_servfail", "dns_servfail", "dns_bogus"] == found


async def test_silence(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing is asked more than once and then is `dns_timeout`."""
    monkeypatch.setattr("services.verifier.proof.txt.TRY_SECONDS", 0.1)
    monkeypatch.setattr("services.verifier.proof.txt.TOTAL_SECONDS", 2)
    zone.fail("silent.example", None)
    assert Records(reason="dns_timeout") == await look(zone, "silent.example")
    assert len(zone.queries) > 1


async def test_the_next_name_server(zone: Zone) -> None:
    """A name server that is not there is no end of it while there is another."""
    zone.txt("rp.example", "abc")
    assert Records(values=("abc",)) == await Names(["127.0.0.1:1", zone.address]).txt("rp.example")


async def test_aliases(zone: Zone) -> None:
    """Eight aliases are followed, nine are not."""
    zone.txt("h0.example", "abc")
    for hop in range(9):
        zone.alias(f"h{hop + 1}.example", f"h{hop}.example")
    assert Records(values=("abc",)) == await look(zone, "h8.example")
    assert Records(reason="dns_servfail") == await look(zone, "h9.example")


async def test_long_answers_come_by_tcp(zone: Zone) -> None:
    """A truncated answer is asked for again by TCP, and twenty records of it are read."""
    zone.txt("rp.example", *(f"{number:03}{'x' * 60}" for number in range(25)))
    found = await look(zone, "rp.example")
    assert 20 == len(found.values)
    assert 1 == zone.by_tcp


async def test_long_names_are_not_asked(zone: Zone) -> None:
    """A name that no DNS message can hold is refused here."""
    name = ".".join(["x" * 60] * 4) + ".ab.example"
    assert len(name) == 254
    assert Records(reason="dns_name_too_long") == await look(zone, name)
    assert [] == zone.queries
