"""Accounts of the interleaving test, what is tried with them, and what has to be true of them whatever happened."""

import asyncio
import contextlib
from collections import defaultdict
from typing import Any, Literal, NamedTuple

from chassis.problems import Problem
from contracts.applications import Application
from services.auth.deletion import close
from services.auth.merging import merge
from tests.auth.anonymous.phone import Phone, Provider
from tests.auth.merging.builders import announced, asks, granted, sure
from tests.auth.rp import Auth, World


class Try(NamedTuple):
    """`swap` folds anonymous `one` into the owner of identity `other`; `merge` lets `one` absorb `other`; `close`
    deletes the account of `one`.
    """

    kind: Literal["merge", "swap", "attach", "sign_in", "close"]
    one: int
    other: int


class Family:
    """Some accounts with identities, some phones of nobody, and applications that they have let in."""

    def __init__(self, world: World, near: tuple[Auth, Provider], apps: list[Application]) -> None:
        self._world, (self._auth, self._provider), self._apps = world, near, apps
        self.phones: list[Phone] = []
        self.ids: list[int] = []
        self.subjects: list[str] = []
        self.nobodies: list[Phone] = []
        self._initial: dict[int, set[str]] = {}

    async def begin(self, name: str, somebodies: int = 4, nobodies: int = 2) -> None:
        """All of them are devices' accounts first, so that whoever is absorbed has something to lose."""
        for number in range(somebodies + nobodies):
            phone = Phone(self._auth)
            await phone.begin()
            await phone.exchange()
            if number < somebodies:
                subject = f"{name}-{number}"
                assert 200 == (await phone.attach(self._provider.vouch(subject))).status_code
                self.phones.append(phone)
                self.ids.append(phone.user_id)
                self.subjects.append(subject)
            else:
                self.nobodies.append(phone)
            mine = [app for place, app in enumerate(self._apps) if (number + 1) >> place & 1]
            for app in mine:
                await granted(self._world, phone.user_id, app)
            self._initial[phone.user_id] = {app.client_id for app in mine}

    async def attempt(self, tries: list[Try]) -> None:
        """All at once, on connections of their own; each is done or refused, nothing else."""
        await asyncio.gather(*(self._attempt(one) for one in tries))

    async def _attempt(self, one: Try) -> None:
        mine, other = one.one % len(self.ids), one.other % len(self.ids)
        if one.kind == "merge":
            key = f"t3:{self.ids[mine]}:{self.ids[other]}"
            with contextlib.suppress(Problem):
                await merge.accounts_of(self._world.ground, asks(self.ids[mine]), sure(self.ids[other], key))
            return
        if one.kind == "close":
            with contextlib.suppress(Problem):
                await close.account(self._world.ground, self.ids[mine])
            return
        nobody = self.nobodies[one.one % len(self.nobodies)]
        token = self._provider.vouch(self.subjects[other])
        if one.kind == "swap":
            answer = await nobody.swap(token)
        elif one.kind == "attach":
            answer = await nobody.attach(token)
        else:
            answer = await self.phones[mine].exchange()
        assert answer.status_code < 500, answer.text

    async def check(self) -> None:
        """Every invariant of auth.md 6.5."""
        everyone = list(self._initial)
        rows = await self._world.db.fetch(
            "select id, merged_into, suspended_at, deleted_at from users where id = any($1)", everyone
        )
        closed = {row["id"] for row in rows if row["deleted_at"]}
        links = await self._world.db.fetch("select * from identity_links where linked_user_id = any($1)", everyone)
        into = {row["linked_user_id"]: row["primary_user_id"] for row in links}
        there = {row["id"]: row["merged_into"] for row in rows}
        assert set() == set(into) & set(into.values()), "a chain"
        gone = set(everyone) - set(there)
        assert gone == {row["linked_user_id"] for row in links if row["merged_via"] == "anonymous_swap"}
        assert {id_: root for id_, root in there.items() if root} == {i: r for i, r in into.items() if i not in gone}
        assert all(row["suspended_at"] for row in rows if row["merged_into"])
        assert set() == closed & set(into), "an account is closed or absorbed"
        await self._check_grants(into, closed)
        await self._check_leftovers(list(into))
        await self._check_closed(closed)
        await self._check_events(links)

    async def _check_grants(self, into: dict[int, int], closed: set[int]) -> None:
        """Nothing that anybody living had let in is lost, and each sub is one that the application knew."""
        expected: dict[int, set[str]] = defaultdict(set)
        people: dict[int, set[str]] = defaultdict(set)
        for id_, apps in self._initial.items():
            root = into.get(id_, id_)
            if root not in closed:
                expected[root] |= apps
            people[root].add(str(id_))
        rows = await self._world.db.fetch(
            "select user_id, client_id, sub from grants where user_id = any($1)", list(self._initial)
        )
        held: dict[int, set[str]] = defaultdict(set)
        for row in rows:
            assert row["sub"] in people[row["user_id"]]
            held[row["user_id"]].add(row["client_id"])
        assert {root: apps for root, apps in expected.items() if apps} == dict(held)

    async def _check_leftovers(self, absorbed: list[int]) -> None:
        """An absorbed account opens nothing."""
        left = {
            table: await self._world.db.fetchval(sql, absorbed)
            for table, sql in {
                "sessions": "select count(*) from sessions where user_id = any($1)",
                "keys": "select count(*) from api_keys where user_id = any($1) and revoked_at is null",
                "devices": "select count(*) from device_credentials where user_id = any($1)",
                "tokens": "select count(*) from token_families where user_id = any($1) and revoked_at is null",
                "grants": "select count(*) from grants where user_id = any($1)",
            }.items()
        }
        assert {0} == set(left.values()), left

    async def _check_closed(self, closed: set[int]) -> None:
        """A closed account does nothing, and there is one event of each end."""
        for table, alive in (("sessions", "true"), ("token_families", "revoked_at is null")):
            left = await self._world.db.fetchval(
                f"select count(*) from {table} where user_id = any($1) and {alive}",  # noqa: S608 - names of ours
                list(closed),
            )
            assert 0 == left, table
        told = [one["user"]["id"] for one in await announced(self._world, "auth.account.closed")]
        assert sorted(closed) == sorted(set(told) & set(self._initial))
        assert len(told) == len(set(told))

    async def _check_events(self, links: list[Any]) -> None:
        """One event for each link, one link for each event."""
        ours = {str(id_) for id_ in self._initial}
        told = [one for one in await announced(self._world, "auth.user.merged") if one["merged_canonical_sub"] in ours]
        assert sorted(row["source_event_id"] for row in links) == sorted(one["event_id"] for one in told)
        assert sorted(row["id"] for row in links) == sorted(one["identity_link_id"] for one in told)
