"""Logos: only pixels come through, from our own host."""

import io

import httpx
import pytest
from PIL import Image

from services.registry.applications.refusals import InvalidLogo
from services.registry.logos import fetch
from tests.gateless import as_caller
from tests.registry.builders import a_developer, an_app
from tests.registry.pictures import Gallery, a_png

APPS = "/api/v1/applications"


async def test_a_logo_is_ours(http: httpx.AsyncClient, pictures: str) -> None:
    """Its address is on our host, its bytes are drawn anew without what else the file carried; sent again it stays."""
    me = as_caller(a_developer())
    made = await http.post(APPS, json=an_app(logo_url=f"{pictures}/logo.png"), headers=me)
    assert 201 == made.status_code, made.text
    url = made.json()["logo_url"]
    assert url.startswith("http://localhost:8000/developer/logos/")
    shown = await http.get(url)
    assert (200, "image/png") == (shown.status_code, shown.headers["content-type"])
    assert "immutable" in shown.headers["cache-control"]
    assert b"script" not in shown.content
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (64, 32) == image.size
    same = await http.patch(f"{APPS}/{made.json()['id']}", json={"application": {"logo_url": url}}, headers=me)
    assert (200, url) == (same.status_code, same.json()["logo_url"])
    gone = await http.patch(f"{APPS}/{made.json()['id']}", json={"application": {"logo_url": None}}, headers=me)
    assert gone.json()["logo_url"] is None


@pytest.mark.parametrize("name", ["logo.svg", "large.png", "logo.txt", "missing.png"])
async def test_what_is_no_logo(http: httpx.AsyncClient, pictures: str, name: str) -> None:
    """SVG, too many bytes, no picture, no answer: refused with the reason, and nothing is kept."""
    me = as_caller(a_developer())
    answer = await http.post(APPS, json=an_app(logo_url=f"{pictures}/{name}"), headers=me)
    assert (422, "invalid_logo") == (answer.status_code, answer.json()["error"])
    assert ["logo_url"] == list(answer.json()["fields"])
    assert [] == (await http.get(APPS, headers=me)).json()


@pytest.mark.parametrize("url", ["https://10.0.0.1/logo.png", "http://logo.example/x.png", "file:///etc/passwd"])
async def test_where_no_logo_is_fetched(http: httpx.AsyncClient, url: str) -> None:
    """The guarded client goes nowhere else for a logo either."""
    answer = await http.post(APPS, json=an_app(logo_url=url), headers=as_caller(a_developer()))
    assert (422, "invalid_logo") == (answer.status_code, answer.json()["error"])


async def test_nobody_is_asked_for_those_who_may_not(http: httpx.AsyncClient, pictures: Gallery) -> None:
    """A stranger's edit and a registration too many are refused before any host is asked for a picture."""
    me, stranger = as_caller(a_developer()), as_caller(a_developer())
    app = (await http.post(APPS, json=an_app(), headers=me)).json()
    before = len(pictures.asked)
    wanted = {"application": {"logo_url": f"{pictures}/logo.png"}}
    assert 404 == (await http.patch(f"{APPS}/{app['id']}", json=wanted, headers=stranger)).status_code
    for number in range(9):
        assert 201 == (await http.post(APPS, json=an_app(name=f"App of {number}x"), headers=me)).status_code
    refused = await http.post(APPS, json=an_app(name="One more", logo_url=f"{pictures}/logo.png"), headers=me)
    assert (429, before) == (refused.status_code, len(pictures.asked))


def test_bombs() -> None:
    """A picture of many pixels in few bytes is refused by its head; a large one is scaled down."""
    with pytest.raises(InvalidLogo):
        fetch.drawn_anew(a_png(5000, 5000))
    with Image.open(io.BytesIO(fetch.drawn_anew(a_png(2000, 1000)))) as image:
        assert (512, 256) == image.size
