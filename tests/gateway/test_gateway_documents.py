"""Public documents: kept as long as their owner says, the same for everybody, and safe from whoever asks first."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import FrozenClock
from chassis.wire.frames import Reply
from chassis.wire.refusals import NoInstance
from gateway.documents import Documents
from gateway.headers import Pairs
from tests.gateway.builders import Town
from tests.gateway.shop import Shop

KEY = ("shop", b"/document", b"")


class Owner:
    """Answers a document, or fails to."""

    def __init__(self, control: bytes = b"public, max-age=60") -> None:
        self.control, self.version, self.asked = control, b"1", 0
        self.down = False
        self.more: Pairs = []

    async def fetch(self, conditions: Pairs) -> Reply:
        self.asked += 1
        if self.down:
            raise NoInstance
        headers = [(b"cache-control", self.control), (b"etag", b'"%b"' % self.version), *self.more]
        if (b"if-none-match", b'"%b"' % self.version) in conditions:
            return Reply(304, headers, b"")
        return Reply(200, [*headers, (b"content-type", b"text/plain")], b"version " + self.version)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))


async def get(documents: Documents, owner: Owner, if_none_match: bytes | None = None) -> Reply:
    return await documents.get(KEY, owner.fetch, gzip=False, if_none_match=if_none_match)


async def test_a_document_is_asked_for_once(town: Town, shop: Shop) -> None:
    """Within its max-age everybody is served from the shelf, HEAD included."""
    answers = [await town.ask("/document", method=method) for method in ("GET", "GET", "HEAD")]
    assert (1, [200] * 3) == (shop.calls["document"], [answer.status for answer in answers])
    assert ('"v1"', "0") == (answers[1].header("etag"), answers[1].header("age"))


async def test_a_known_etag_gets_304(town: Town, shop: Shop) -> None:
    """The gateway answers a conditional request itself, by weak comparison."""
    await town.ask("/document")
    for known in ('"v1"', 'W/"v1"', '"v0", W/"v1"', "*"):
        answer = await town.ask("/document", headers={"If-None-Match": known})
        assert (304, b"", '"v1"') == (answer.status, answer.body, answer.header("etag"))
    assert 200 == (await town.ask("/document", headers={"If-None-Match": '"v0"'})).status
    assert 1 == shop.calls["document"]


async def test_a_burst_is_one_question(town: Town, shop: Shop) -> None:
    """Many who ask at once for what is not there wait for one answer."""
    await asyncio.gather(*(town.ask("/document") for _ in range(20)))
    assert 1 == shop.calls["document"]


async def test_nobody_poisons_a_document(town: Town, shop: Shop) -> None:
    """Host, body, cookies and any other header of whoever asks first stay out of the owner's request."""
    evil = {
        "Host": "evil.example",
        "Cookie": "a=b",
        "X-Forwarded-Host": "evil.example",
        "Accept-Language": "xx",
        "Accept-Encoding": "gzip",
        "User-Agent": "<script>",
    }
    await town.ask("/document", headers=evil, body=b"fat get")
    seen = shop.document_requests[0]
    assert ([("host", "logi.test:8000")], "logi.test", "") == (seen.headers, seen.host, seen.body)


async def test_queries_are_documents_of_their_own(town: Town, shop: Shop) -> None:
    """What a query changes never shows under another query."""
    for target in ("/document?a=1", "/document?a=2", "/document?a=1"):
        await town.ask(target)
    assert 2 == shop.calls["document"]


async def test_another_origin_and_a_credential_get_answers_of_their_own(town: Town, shop: Shop) -> None:
    """A reply that may name an origin or a caller is neither taken from the shelf nor put there."""
    for headers in ({"Origin": "https://rp.example"}, {"Authorization": "Bearer x"}, {}, {}):
        await town.ask("/document", headers=headers)
    assert 3 == shop.calls["document"]


async def test_both_encodings_come_from_one_document(town: Town, shop: Shop) -> None:
    """Who takes gzip gets it under a weak ETag, who does not gets the plain one; Vary says so to both."""
    plain = await town.ask("/document")
    zipped = await town.ask("/document", headers={"Accept-Encoding": "br, gzip;q=0.8"})
    refused = await town.ask("/document", headers={"Accept-Encoding": "gzip;q=0"})
    assert plain.body == gzip.decompress(zipped.body) == refused.body
    assert ('W/"v1"', "gzip") == (zipped.header("etag"), zipped.header("content-encoding"))
    assert ["accept-encoding"] * 3 == [answer.header("vary") for answer in (plain, zipped, refused)]
    assert 1 == shop.calls["document"]


async def test_an_outdated_document_is_confirmed_by_its_etag(clock: FrozenClock) -> None:
    """After max-age the owner is asked by ETag, and a 304 makes the document young again."""
    documents, owner = Documents(clock), Owner()
    await get(documents, owner)
    clock.advance(timedelta(seconds=61))
    assert b"version 1" == (await get(documents, owner)).body
    await get(documents, owner)
    assert 2 == owner.asked
    owner.version = b"2"
    clock.advance(timedelta(seconds=61))
    assert b"version 2" == (await get(documents, owner)).body


async def test_an_owner_who_is_away_leaves_a_minute(clock: FrozenClock) -> None:
    """The last document is served 60 s past its time, then the failure is told."""
    documents, owner = Documents(clock), Owner()
    await get(documents, owner)
    owner.down = True
    clock.advance(timedelta(seconds=119))
    assert b"version 1" == (await get(documents, owner)).body
    clock.advance(timedelta(seconds=2))
    with pytest.raises(NoInstance):
        await get(documents, owner)


@pytest.mark.parametrize(
    "control",
    [b"no-store", b"private, max-age=60", b"max-age=60", b"public", b"public, max-age=0", b"public, no-cache"],
)
async def test_only_what_is_called_public_is_kept(control: bytes, clock: FrozenClock) -> None:
    """Without `public` and an age above 0 each request goes to the owner."""
    documents, owner = Documents(clock), Owner(control)
    for _ in range(2):
        await get(documents, owner)
    assert 2 == owner.asked


async def test_what_is_not_kept_here_may_be_with_its_reader(clock: FrozenClock) -> None:
    """A document to be asked for anew each time is worth a 304 to whoever has it already."""
    documents, owner = Documents(clock), Owner(b"no-cache, max-age=0, must-revalidate")
    replies = [await get(documents, owner, known) for known in (b'W/"1"', b'"0"', None)]
    assert [(304, b""), (200, b"version 1"), (200, b"version 1")] == [(reply.status, reply.body) for reply in replies]
    assert (b"etag", b'"1"') in replies[0].headers


async def test_what_varies_on_more_than_the_encoding_is_not_kept(clock: FrozenClock) -> None:
    """A reply that depends on what the owner was not shown is passed on, not kept; its cookies reach nobody."""
    documents, owner = Documents(clock), Owner()
    owner.more = [(b"vary", b"Accept-Language"), (b"set-cookie", b"a=b")]
    replies = [await get(documents, owner) for _ in range(2)]
    assert 2 == owner.asked
    assert not [pair for reply in replies for pair in reply.headers if pair[0] == b"set-cookie"]


async def test_what_varies_by_origin_is_kept_for_those_who_have_none(clock: FrozenClock) -> None:
    """Requests from other origins never reach the shelf, so `Vary: Origin` does not keep a document from it."""
    documents, owner = Documents(clock), Owner()
    owner.more = [(b"vary", b"Origin, Accept-Encoding")]
    for _ in range(2):
        await get(documents, owner)
    assert 1 == owner.asked


async def test_the_shelf_is_bounded(clock: FrozenClock) -> None:
    """A flood of queries pushes out what has not been asked for the longest."""
    documents, owner = Documents(clock, most=2), Owner()
    for query in (b"1", b"2", b"1", b"3", b"1", b"2"):
        await documents.get(("shop", b"/", query), owner.fetch, gzip=False, if_none_match=None)
    assert 4 == owner.asked


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/sized?size=5000", "gzip"),
        ("/sized?size=100", None),
        ("/sized?size=5000&cookie=true", None),
        ("/sized?size=5000&store=false", None),
    ],
    ids=["text", "small", "sets a cookie", "no-store"],
)
async def test_gzip_is_for_text_without_secrets(town: Town, target: str, expected: str | None) -> None:
    """Large text is compressed; what sets a cookie or may not be stored never is (BREACH)."""
    answer = await town.ask(target, headers={"Accept-Encoding": "gzip"})
    assert (expected, 'W/"one"' if expected else '"one"') == (answer.header("content-encoding"), answer.header("etag"))
