"""Whatever name servers and web servers say: verifier never crashes, never hangs, and tells nothing that it fetched."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.verifier.health import probe, sign
from services.verifier.health.secrets import Secrets
from services.verifier.health.target import Target
from services.verifier.perspectives.look import Look, Outlook
from services.verifier.proof import txt, well_known
from services.verifier.proof.txt import MAX_RECORDS, Names
from tests.chassis.outbound.hostile import Behaviour
from tests.verifier.builders import a_host
from tests.verifier.hostile_names import Liar, Say, a_liar, answers
from tests.verifier.world import World

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
DNS_REASONS = {None, "dns_nxdomain", "dns_no_record", "dns_timeout", "dns_servfail", "dns_bogus"}
REASONS = re.compile(
    r"connect_failed|wellknown_timeout|wellknown_redirect|wellknown_too_large|wellknown_mismatch|tls_invalid"
    r"|wellknown_status_[1-9][0-9]{2}"
)
HEALTH = re.compile(
    r"alive|clock_drift|rp_degraded|signature_rejected|throttled|slow|connect_failed|timeout|route_missing"
    r"|http_[1-9][0-9]{2}|redirect_not_followed|bad_response|client_id_mismatch|too_large"
)
MARK = b"fetched-and-nobodys-business"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, sooner for names, where some answers are none; a web server that has spoken hangs up."""
    monkeypatch.setattr(txt, "TRY_SECONDS", 0.05)
    monkeypatch.setattr(txt, "TOTAL_SECONDS", 0.15)
    monkeypatch.setattr(well_known, "TOTAL_TIMEOUT", timedelta(seconds=10))
    monkeypatch.setattr(probe, "TOTAL_TIMEOUT", timedelta(seconds=10))


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    async with a_liar() as made:
        yield made


@given(say=answers())
@EXAMPLES
async def test_name_servers(liar: Liar, say: Say) -> None:
    """Any answer, whole, cut or turned, becomes at most 20 texts or a reason of the contract, within the deadline."""
    liar.say = say
    async with asyncio.timeout(30):
        found = await Names([liar.address]).txt("_logi-verify.rp.example")
    assert found.reason in DNS_REASONS
    assert len(found.values) <= MAX_RECORDS
    assert all(isinstance(value, str) for value in found.values)
    assert found.reason is None or found.values == ()


headers = st.lists(
    st.sampled_from(
        [
            b"Content-Length: 5",
            b"Content-Length: 99999999999999999999",
            b"Content-Length: -1",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Content-Encoding: gzip",
            b"Content-Encoding: br",
            b"Location: https://elsewhere.example/" + MARK,
            b"Retry-After: 5",
            b"Set-Cookie: a=" + MARK,
            b"X-" + MARK + b": 1",
            b"Connection: close",
            b"Connection: upgrade",
            b": empty",
            b" folded",
            b"no colon",
            b"X: \xff\xfe\x00",
        ]
    ),
    max_size=6,
)
bodies = st.sampled_from(
    [
        MARK,
        b'{"status":"ok","client_id":"' + MARK + b'","timestamp":1}',
        b'{"status":"' + MARK + b'","client_id":"logi_1","timestamp":1}',
        b"5\r\nhello\r\n0\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"-1\r\n",
        b"",
        MARK * 300,
    ]
) | st.binary(max_size=300)


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """A reply of hostile parts, then perhaps cut off or with some of its bytes turned."""
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2", b"HTTP/9.9", b"ICY", b""]))
    status = draw(st.integers(0, 1100).map(lambda number: str(number).encode()) | st.sampled_from([b"-1", b"2e2", b""]))
    reason = draw(st.sampled_from([b"OK", MARK, b"", b"\xff"]))
    head = b"\r\n".join([b" ".join((version, status, reason)), *draw(headers)])
    whole = bytearray(head + b"\r\n\r\n" + draw(bodies))
    for place, octet in draw(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=3)):
        if place < len(whole):
            whole[place] = octet
    return bytes(whole[: draw(st.none() | st.integers(0, 200))])


class Web:
    """A web server that says `reply`, and what verifier makes of it by both of its probes."""

    def __init__(self, world: World) -> None:
        self.reply, self.host = b"", a_host()
        self._world = world

    async def begin(self) -> "Web":
        await self._world.server(self._behave(), self.host)
        ground = self._world.ground()
        self.outlook = Outlook(ground.prover, ground.policy)
        self.caller = ground.health
        return self

    def _behave(self) -> Behaviour:
        async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(self.reply)
            await writer.drain()
            writer.close()

        return behave


@pytest.fixture
async def web(world: World) -> Web:
    return await Web(world).begin()


@given(reply=replies())
@EXAMPLES
async def test_web_servers(web: Web, reply: bytes) -> None:
    """Any reply becomes a reason of the contract within the deadline, and nothing of it is in what is told."""
    web.reply = reply
    async with asyncio.timeout(60):
        finding = await web.outlook.look(Look(host=web.host, challenges=("ab" * 32,)))
        target, secrets = Target(web.host, f"https://{web.host}/x"), Secrets(sign.new_secret(), None)
        seen = await web.caller.observe(target, "logi_1", secrets)
    assert finding.method is None
    assert REASONS.fullmatch(finding.wellknown_reason or ""), finding
    assert HEALTH.fullmatch(seen.reason), seen
    assert MARK.decode() not in repr((finding, seen))
