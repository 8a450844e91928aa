"""A browser without a screen: real sockets, cookies, forms as a person would fill them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx


@dataclass
class Form:
    """A form of a page: where it goes and what stands in it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form is not None and given.get("name"):
            if tag == "button" or given.get("type") == "submit":
                self._form.buttons.append((given["name"], given.get("value", "")))
            elif tag in {"input", "textarea", "select"} and given.get("type") not in {"checkbox", "radio"}:
                self._form.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def forms(page: httpx.Response) -> list[Form]:
    parser = _Page()
    parser.feed(page.text)
    return parser.forms


class Browser:
    """Goes where it is sent on its own origin, and stops where it would leave it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._origin = str(client.base_url).rstrip("/")
        self.page: httpx.Response | None = None

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    async def go(self, url: str) -> httpx.Response:
        """A navigation; follows redirects within the origin."""
        return await self._arrive(await self._client.get(url, headers={"accept": "text/html"}))

    async def submit(self, which: str, values: dict[str, str], button: tuple[str, str] | None = None) -> httpx.Response:
        """Fills and sends the form of the current page whose action or fields contain `which`."""
        assert self.page is not None
        form = next(form for form in forms(self.page) if which in form.action or which in form.fields)
        data = {**form.fields, **values, **(dict([button]) if button else {})}
        target = urljoin(str(self.page.url), form.action or str(self.page.url))
        headers = {"origin": self._origin, "accept": "text/html", "sec-fetch-site": "same-origin"}
        return await self._arrive(await self._client.request(form.method, target, data=data, headers=headers))

    async def _arrive(self, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if not self._same_origin(target):
                break
            answer = await self._client.get(target, headers={"accept": "text/html"})
        self.page = answer
        return answer

    def _same_origin(self, url: str) -> bool:
        here, there = urlsplit(self._origin), urlsplit(url)
        return (here.scheme, here.netloc) == (there.scheme, there.netloc)
