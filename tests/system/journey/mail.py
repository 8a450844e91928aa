"""Reads the local sink's mail as a person would look into their inbox."""

import asyncio
import email
import email.policy
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Letter:
    subject: str
    text: str


@dataclass
class Mailbox:
    """The folder where the sink keeps each message as a file."""

    folder: Path

    async def letter_to(self, address: str, seconds: float = 60, *, about: str = "") -> Letter:
        """The newest one to this address that has `about` in its subject."""
        async with asyncio.timeout(seconds):
            while True:
                for path in sorted(self.folder.glob("*.eml"), reverse=True):
                    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                    if address in str(message["to"]) and about in str(message["subject"]):
                        body = message.get_body(("plain",))
                        return Letter(str(message["subject"]), body.get_content() if body else "")
                await asyncio.sleep(0.05)
