"""A stack with a fuse before auth's database, the accounts that are put through its deaths, and what became of them."""

import asyncio
import re
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec

from tests.faults.people import Unsure, sure
from tests.faults.platform import Platform
from tests.faults.steps.fuse import UPSTREAM, Fuse
from tests.system.journey import developer
from tests.system.journey.browser import Browser
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World
from tests.system.stack import ROOT, Stack

BACK_WITHIN = 120.0
"""Seconds for a killed auth to answer again, on a busy machine."""

SCOPES = ["account:merge", "profile:read", "profile:write"]

EVENTS = """select payload from outbox where tag = $1 union all select payload from outbox_log where tag = $1"""


class NeverCame(Exception):
    """An act had more steps than can be, or auth did not come back."""


class Somebody:
    """A person with a verified address, a browser that is signed in, and an API key."""

    def __init__(self, journey: Journey, number: int, csrf: str) -> None:
        self.journey, self.id, self.csrf = journey, number, csrf

    async def ask(self, method: str, path: str, body: object = None, *, key: bool = True) -> httpx.Response:
        """With the key, or with the session. Raises Unsure where nobody answered in the end."""
        if key:
            async with httpx.AsyncClient(base_url=self.journey.issuer, timeout=30) as http:
                return sure(await http.request(method, path, json=body, headers=self.journey.with_key))
        headers = {"x-logi-csrf-token": self.csrf, "origin": self.journey.issuer}
        return sure(await self.journey.http.request(method, path, json=body, headers=headers))


class Scene:
    def __init__(self, stack: Stack, fuse: Fuse, folder: Path) -> None:
        self.stack, self.fuse, self._folder = stack, fuse, folder
        self.mailbox = Mailbox(stack.home / "mail")

    async def rows(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Of auth's database, without the fuse."""
        kept = msgspec.json.decode((self.stack.home / "secrets.json").read_bytes())
        port = (self._folder / UPSTREAM).read_text()
        connection = await asyncpg.connect(f"postgresql://auth:{kept['database.auth']}@127.0.0.1:{port}/auth")
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()

    async def value(self, sql: str, *args: Any) -> Any:
        rows = await self.rows(sql, *args)
        return rows[0][0] if rows else None

    async def events(self, tag: str) -> list[Any]:
        """Those that were announced, whether or not they have been published."""
        return [msgspec.json.decode(row["payload"]) for row in await self.rows(EVENTS, tag)]

    @asynccontextmanager
    async def journey(self) -> AsyncIterator[Journey]:
        """Of somebody who is nobody yet."""
        async with httpx.AsyncClient(base_url=self.stack.issuer, timeout=30) as http:
            # Nobody here needs a relying party's side of the world.
            world: World = World(self._folder)
            yield Journey(http, Browser(http), self.mailbox, world, Story(lambda _: None), "")

    @asynccontextmanager
    async def somebody(self) -> AsyncIterator[Somebody]:
        async with self.journey() as one:
            for step in (developer.sign_up, developer.verify_email, developer.sign_in):
                await step(one)
            await one.browser.go("/settings/api-keys")
            page = await one.browser.submit("name", {"name": secrets.token_hex(4), "scopes": SCOPES})  # type: ignore[dict-item] # a list is sent as several values
            key = re.search(r"lpa_pat_[0-9A-Za-z]{46}", page.text)
            csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
            assert key is not None
            assert csrf is not None
            one.pak = key[0]
            number = await self.value("select id from users where email = $1", one.email)
            yield Somebody(one, number, csrf[1])

    async def operate(self, *words: str, document: bytes = b"") -> None:
        """What an operator does with a command of auth's."""
        told = Platform(self.stack).environment("auth")
        command = [sys.executable, "-m", "services.auth", *words]
        # In a thread of its own, because the command's way to the database leads over the fuse as well.
        await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, env=dict(told), input=document, check=True, capture_output=True
        )

    async def back(self) -> None:
        """Returns once auth answers again. Raises NeverCame."""
        until = time.monotonic() + BACK_WITHIN
        async with httpx.AsyncClient(base_url=self.stack.issuer, timeout=5) as http:
            while time.monotonic() < until:
                try:
                    if (await http.get("/session/new")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.05)
        raise NeverCame("auth did not answer again")

    async def outlived(self, act: Callable[[], Awaitable[None]], step: int) -> bool:
        """Does the act with a fuse that blows at this step; whether the act was acknowledged."""
        self.fuse.arm(step)
        acting, dying = asyncio.ensure_future(act()), asyncio.create_task(self.fuse.blown.wait())
        await asyncio.wait({acting, dying}, return_when=asyncio.FIRST_COMPLETED)
        self.fuse.disarm()
        if not self.fuse.blown.is_set():
            dying.cancel()
            try:
                await acting
            except Unsure:
                return False
            return True
        # What its caller is told, if anything, was said by a gateway that had lost it.
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)
        await self.back()
        return False
