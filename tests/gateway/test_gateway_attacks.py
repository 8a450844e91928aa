"""What strangers try at the edge: each attack is sent over a real socket, byte for byte."""

import pytest

from tests.gateway.builders import Town

AMBIGUOUS_PATHS = [
    "/items//tight",
    "/items/./tight",
    "/items/../items/tight",
    "/items/%2e%2e/items/tight",
    "/items/..;/tight",
    "/items/..%2ftight",
    "/items/a%5Cb",
    "/items/a%00b",
    "//evil.example/echo",
    "/items/%ff",
]

SMUGGLING = {
    "two lengths": "Content-Length: 3\r\nContent-Length: 4\r\n",
    "length beside chunked": "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    "obscured chunked": "Transfer-Encoding: xchunked\r\n",
    "chunked not last": "Transfer-Encoding: chunked, identity\r\n",
    "signed length": "Content-Length: +3\r\n",
    "space before colon": "Content-Length : 3\r\n",
    "folded": "X-A: b\r\n Content-Length: 3\r\n",
    "lone LF": "X-A: b\nContent-Length: 3\r\n",
    "lone CR": "X-A: b\rContent-Length: 3\r\n",
}


@pytest.mark.parametrize("path", AMBIGUOUS_PATHS)
async def test_ambiguous_paths_get_400(town: Town, path: str) -> None:
    """No path that two readers might read in two ways reaches a service."""
    answer = await town.ask(path)
    assert (400, "invalid_request") == (answer.status, answer.json["error"])


async def test_an_encoded_slash_stays_in_its_segment(town: Town) -> None:
    """`%2F` is no separator, neither here nor in the service."""
    answer = await town.ask("/items/a%2Ftight")
    assert (200, b"a%2Ftight") == (answer.status, answer.body)


async def test_an_encoded_letter_does_not_leave_the_rate_class(proxied: Town, address: str) -> None:
    """`/items/%74ight` is the limited route, not the unlimited one beside it."""
    headers = {"X-Forwarded-For": address}
    statuses = [(await proxied.ask("/items/%74ight", headers=headers)).status for _ in range(3)]
    assert [200, 200, 429] == statuses


@pytest.mark.parametrize("name", SMUGGLING)
async def test_smuggling_is_refused_and_the_connection_ends(town: Town, name: str) -> None:
    """Whatever could hide a second request in the first gets 400 and a closed connection."""
    answer = await town.raw(f"POST /echo HTTP/1.1\r\nHost: a\r\n{SMUGGLING[name]}\r\nabc".encode())
    assert (400, "close") == (answer.status, answer.header("connection"))


async def test_doubtful_hosts_get_400(town: Town) -> None:
    """No Host, two of them, or one that is no host name, is refused before anything is looked up."""
    heads = [b"", b"Host: a\r\nHost: b\r\n", b"Host: a/../b\r\n", b"Host: a@b\r\n", b"Host: a b\r\n", b"Host: \r\n"]
    answers = [await town.raw(b"GET /echo HTTP/1.1\r\n" + head + b"\r\n") for head in heads]
    assert [400] * len(heads) == [answer.status for answer in answers]


async def test_a_target_with_a_host_of_its_own_gets_400(town: Town) -> None:
    """An absolute target would name another host than the Host header does."""
    answer = await town.raw(b"GET http://evil.example/echo HTTP/1.1\r\nHost: a\r\n\r\n")
    assert 400 == answer.status


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "DPoP", "Origin"])
async def test_single_headers_come_once(town: Town, name: str) -> None:
    """Two of a header that means something alone are refused."""
    assert 400 == (await town.ask("/echo", headers=[(name, "a"), (name, "b")])).status


async def test_spoofed_headers_do_not_reach_the_service(town: Town) -> None:
    """What only we or our proxies say is dropped; what a caller may say of itself arrives."""
    spoofed = {
        "X-Logi-User": "1",
        "X-Logi-Request-Id": "mine",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=10.0.0.1;host=evil.example;proto=https",
        "X-Real-IP": "10.0.0.1",
        "X-Original-URL": "/admin",
        "X-HTTP-Method-Override": "DELETE",
        "Traceparent": "00-11111111111111111111111111111111-2222222222222222-01",
        "TE": "trailers",
        "Proxy-Authorization": "Basic eA==",
        "Keep-Alive": "1",
    }
    allowed = {"X-Logi-Client-Type": "cli", "X-Logi-Csrf-Token": "token", "Accept-Language": "ko"}
    answer = await town.ask("/echo", headers={**spoofed, **allowed})
    assert [] == [name for name in spoofed if answer.seen(name.lower())]
    assert [["cli"], ["token"], ["ko"]] == [answer.seen(name.lower()) for name in allowed]
    assert ("127.0.0.1", "http", "logi.test") == tuple(answer.json[name] for name in ("client", "scheme", "host"))


async def test_headers_named_in_connection_stay_behind(town: Town) -> None:
    """A header that Connection declares hop-by-hop ends here."""
    answer = await town.ask("/echo", headers={"Connection": "close, X-Hop", "X-Hop": "1", "X-Kept": "1"})
    assert ([], ["1"]) == (answer.seen("x-hop"), answer.seen("x-kept"))


async def test_hop_headers_and_ids_of_the_service_do_not_leave(town: Town) -> None:
    """A service can neither speak for the connection nor give a request another id."""
    answer = await town.ask("/echo")
    assert answer.header("keep-alive") is None
    assert 1 == len(answer.all("x-logi-request-id"))
    assert "theirs" != answer.header("x-logi-request-id")


async def test_trailers_are_no_headers(proxied: Town) -> None:
    """What stands behind a chunked body can neither name a client nor become a header of the service."""
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await proxied.raw(head + b"1\r\na\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\nX-Kept: no\r\n\r\n")
    assert ("198.51.100.1", "a", []) == (answer.json["client"], answer.json["body"], answer.seen("x-kept"))


async def test_nobody_leaves_http(town: Town) -> None:
    """An upgrade is not taken up; with a body, which would be lost on the way, it is refused, and so is CONNECT."""
    upgrade = b"Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    stayed = await town.raw(b"GET /echo HTTP/1.1\r\n" + upgrade + b"\r\n")
    refused = await town.raw(b"POST /echo HTTP/1.1\r\n" + upgrade + b"Content-Length: 1\r\n\r\na")
    connect = await town.raw(b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n")
    later = await town.raw(b"GET /echo HTTP/2.0\r\nHost: a\r\n\r\n")
    assert (200, "close", []) == (stayed.status, stayed.header("connection"), stayed.seen("upgrade"))
    assert [400, 400, 400] == [refused.status, connect.status, later.status]


async def test_unknown_paths_and_methods(town: Town) -> None:
    """404 and 405 come from the table, before any credential is looked at; Allow says what would do."""
    nowhere = await town.ask("/nowhere", headers={"Authorization": "Bearer x"})
    wrong = await town.ask("/echo", method="DELETE")
    assert (404, "not_found") == (nowhere.status, nowhere.json["error"])
    assert (405, "GET, HEAD, OPTIONS, POST") == (wrong.status, wrong.header("allow"))


async def test_the_second_face_says_404_and_405_in_its_way(town: Town) -> None:
    """Below /api the two are plain text (management-api.md section 2.4)."""
    answer = await town.ask("/api/nothing")
    assert (404, b"Not Found") == (answer.status, answer.body)


async def test_preflights_go_only_to_routes_with_cors(town: Town) -> None:
    """The owner answers for its cors routes; for all others nothing is allowed to another origin."""
    headers = {"Origin": "https://rp.example", "Access-Control-Request-Method": "GET"}
    asked, others = await town.ask("/document", method="OPTIONS", headers=headers), []
    for target, changed in (("/echo", {}), ("/document", {"Access-Control-Request-Method": "DELETE"})):
        others.append(await town.ask(target, method="OPTIONS", headers={**headers, **changed}))
    assert "https://rp.example" == asked.header("access-control-allow-origin")
    assert "cross-origin" == asked.header("cross-origin-resource-policy")
    assert [(204, None)] * 2 == [(answer.status, answer.header("access-control-allow-origin")) for answer in others]
    assert "GET, HEAD, OPTIONS, POST" == others[0].header("allow")
