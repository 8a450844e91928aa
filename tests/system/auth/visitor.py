"""A person with a browser, whom relying parties send to and fro."""

from dataclasses import dataclass

import httpx

from tests.system.journey.browser import Browser, forms


@dataclass
class Visitor:
    """Signs in where asked and consents to everything."""

    browser: Browser
    email: str
    password: str

    async def visit(self, url: str) -> str:
        """Goes there and through every page on the way; returns the address to which the browser would leave."""
        page = await self._through(await self.browser.go(url))
        assert page.is_redirect, page.text[:2000]
        return page.headers["location"]

    async def approve(self, url: str) -> None:
        """Opens a device's link and lets the device in."""
        page = await self._through(await self.browser.go(url))
        assert page.status_code == 200, page.text[:2000]

    async def _through(self, page: httpx.Response) -> httpx.Response:
        for _ in range(5):
            asked = {name for form in forms(page) for name in [*form.fields, *(button for button, _ in form.buttons)]}
            if "password" in asked:
                page = await self.browser.submit("password", {"email": self.email, "password": self.password})
            elif "decision" in asked:
                allow = ("decision", "allow")
                which = "activate/decision" if "user_code" in asked else "consent"
                page = await self.browser.submit(which, {}, button=allow)
            else:
                break
        return page
