"""A real Chromium by the W3C WebDriver protocol: what the tests of pages and the screenshots need of it, no more."""

import base64
import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from deploy.local.process import free_port
from tests.infra import debian

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name that the protocol gives an element's id (WebDriver section 12.2)."""

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--window-size=1100,900",
    "--lang=en",
)


class BrowserMissing(Exception):
    """There is no Chromium and none could be installed."""


def installed() -> tuple[str, str]:
    """Chromium and its driver, from Debian's packages where they are missing. Raises BrowserMissing."""
    driver = debian.installed("chromedriver", "chromium", "chromium-driver", "fonts-noto-cjk")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if driver is None or browser is None:
        raise BrowserMissing("no chromedriver and chromium on PATH, and apt-get could not install them")
    return driver, browser


class Driver:
    """One browser with one window; gone when left."""

    def __init__(self, *, scripts: bool = True) -> None:
        self._scripts = scripts

    def __enter__(self) -> Self:
        driver, browser = installed()
        port = free_port()
        silent = subprocess.DEVNULL
        self._process = subprocess.Popen([driver, f"--port={port}"], stdout=silent, stderr=silent)
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self._await()
        options: dict[str, Any] = {"binary": browser, "args": list(ARGUMENTS)}
        if not self._scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self._http.post("/session", json={"capabilities": {"alwaysMatch": wanted}}).json()["value"]
        self._session = f"/session/{answer['sessionId']}"
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._http.delete(self._session)
        self._http.close()
        self._process.terminate()
        self._process.wait()

    def go(self, address: str) -> None:
        self._say("url", url=address)

    @property
    def address(self) -> str:
        return str(self._ask("url"))

    @property
    def source(self) -> str:
        return str(self._ask("source"))

    def text(self, css: str = "body") -> str:
        return str(self._ask(f"element/{self._find(css)}/text"))

    def shows(self, words: str, css: str = "body") -> bool:
        """Whether the page says so, at once or when the next one has come: a click does not wait for what it begins."""
        return _soon(lambda: words in self.text(css))

    def arrives(self, address: str) -> bool:
        """Whether the browser ends at an address that begins so."""
        return _soon(lambda: self.address.startswith(address))

    def meets(self, css: str) -> bool:
        """Whether it is there, at once or when the next page has come."""
        return _soon(lambda: self.has(css))

    def loses(self, css: str) -> bool:
        """Whether it goes away, at once or when the next page has come."""
        return _soon(lambda: not self.has(css) and self.has("body"))

    def has(self, css: str) -> bool:
        return bool(self._say("elements", using="css selector", value=css))

    def type(self, css: str, words: str) -> None:
        element = self._find(css)
        self._say(f"element/{element}/clear")
        self._say(f"element/{element}/value", text=words)

    def choose(self, css: str, path: Path) -> None:
        """A file for a form."""
        self._say(f"element/{self._find(css)}/value", text=str(path))

    def tick(self, css: str) -> None:
        """Every such box that is not ticked."""
        self.meets("body")
        self.run("for (const box of document.querySelectorAll(arguments[0])) if (!box.checked) box.click()", css)

    def press(self, css: str) -> None:
        self._say(f"element/{self._find(css)}/click")

    def keys(self, words: str) -> None:
        """To whatever has the focus; Tab is \\ue004, Enter \\ue007 (WebDriver section 17.4.2)."""
        actions = [{"type": kind, "value": letter} for letter in words for kind in ("keyDown", "keyUp")]
        self._say("actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def run(self, script: str, *given: Any) -> Any:
        return self._say("execute/sync", script=script, args=list(given))

    def run_async(self, script: str, *given: Any) -> Any:
        """The script calls its last argument with the answer."""
        return self._say("execute/async", script=script, args=list(given))

    def complaints(self) -> list[str]:
        """What the browser wrote to its console since it was last asked: errors, and violations of the policy."""
        entries = self._say("se/log", type="browser")
        return [f"{one['level']} {one['message']}" for one in entries if one["level"] in ("SEVERE", "WARNING")]

    def see(self, *, dark: bool, width: int, height: int, phone: bool = False) -> None:
        """The scheme and the size of the screen from now on."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        # Without it a picture shows colours on their way from one scheme to the other.
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme, still])
        screen = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.devtools("Emulation.setDeviceMetricsOverride", **screen)

    def picture(self) -> bytes:
        """The whole page as PNG."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    @contextlib.contextmanager
    def authenticator(self) -> Iterator["Authenticator"]:
        """A virtual one inside the device, whose user is there and says yes."""
        self.devtools("WebAuthn.enable", enableUI=False)
        traits = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
        user = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
        found = self.devtools("WebAuthn.addVirtualAuthenticator", options={**traits, **user})
        yield Authenticator(self, found["authenticatorId"])
        self.devtools("WebAuthn.disable")

    @contextlib.contextmanager
    def inside(self, css: str) -> Iterator[None]:
        """A frame: until it is left, everything is about its page."""
        self._say("frame", id={ELEMENT: self._find(css)})
        yield
        self._say("frame", id=None)

    def forget(self) -> None:
        """Every cookie of this browser."""
        self.devtools("Network.clearBrowserCookies")

    def devtools(self, command: str, **params: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._say("goog/cdp/execute", cmd=command, params=params)

    def _find(self, css: str) -> str:
        """As soon as it is there: a click does not wait for the page that it begins. Raises AssertionError."""
        self.meets(css)
        return str(self._say("element", using="css selector", value=css)[ELEMENT])

    def _ask(self, path: str) -> Any:
        return _value(self._http.get(f"{self._session}/{path}"))

    def _say(self, path: str, **body: Any) -> Any:
        return _value(self._http.post(f"{self._session}/{path}", json=body))

    def _await(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self._http.get("/status").json()["value"]["ready"]:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise BrowserMissing("chromedriver did not start")


class Authenticator:
    """The virtual authenticator of a browser."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver, self._name = driver, name

    def consents(self, says_yes: bool) -> None:
        """Whether its user touches it when asked."""
        self._driver.devtools("WebAuthn.setAutomaticPresenceSimulation", authenticatorId=self._name, enabled=says_yes)


def _soon(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 45
    while time.monotonic() < until:
        try:
            if holds():
                return True
        except AssertionError:
            pass  # the page went away while it was looked at
        time.sleep(0.05)
    return False


def _value(answer: httpx.Response) -> Any:
    value = answer.json()["value"]
    if answer.status_code >= 400:
        raise AssertionError(f"{value['error']}: {value['message'].splitlines()[0]}")
    return value
