"""Passwords are hashed beside the loop, in a queue that ends."""

import asyncio
import unicodedata

from services.auth.passwords.hashing import QUEUE_PER_WORKER, Passwords, QueueFull


async def test_one_password_however_it_was_typed() -> None:
    """A composed and a decomposed Hangul syllable, or a full-width letter, are the same password."""
    passwords = Passwords(1)
    stored = await passwords.hash("비밀번호 열 글자 이상")
    assert await passwords.matches(stored, unicodedata.normalize("NFD", "비밀번호 열 글자 이상"))
    assert not await passwords.matches(stored, "비밀번호 열 글자 이하")
    passwords.stop()


async def test_costs_are_the_ones_of_the_design() -> None:
    """Argon2id with two passes over 19 MiB in one lane; a hash with other costs is outdated."""
    passwords = Passwords(1)
    stored = await passwords.hash("ten letters")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.outdated(stored)
    assert passwords.outdated(stored.replace("t=2", "t=1"))
    passwords.stop()


async def test_a_full_queue_says_so() -> None:
    """Who would wait too long is refused with 429 and told when to come again; the others are served."""
    passwords = Passwords(1)
    asked = [passwords.hash(f"password {number}") for number in range(QUEUE_PER_WORKER + 4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, QueueFull)]
    assert (4, QUEUE_PER_WORKER) == (len(refused), len(answers) - len(refused))
    assert {"retry-after": "1"} == refused[0].headers
    passwords.stop()


async def test_nobodys_password_never_matches() -> None:
    """An account without a password cannot be entered by any."""
    passwords = Passwords(1)
    assert not await passwords.matches(None, "nobody's password")
    passwords.stop()
