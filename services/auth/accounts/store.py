"""Accounts in Postgres."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.events.auth import User
from contracts.principal import Role

_COLUMNS = """id, email, email_key, password_hash, role, identity_verified_level, language, version, created_at,
    suspended_at, deleted_at, anonymous, promoted_at, merged_into, preferred_name, full_name"""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person, as auth knows them."""

    id: int
    email: str | None
    email_key: str | None
    password_hash: str | None
    role: Role
    identity_verified_level: int
    language: str
    version: int
    created_at: datetime
    suspended_at: datetime | None = None
    deleted_at: datetime | None = None
    preferred_name: str | None = None
    full_name: str | None = None
    anonymous: bool = False
    """Begun by a device, and nobody's yet."""
    promoted_at: datetime | None = None
    """When an anonymous account became somebody's."""
    merged_into: int | None = None
    """The account that has absorbed this one."""

    @property
    def sub(self) -> str:
        return str(self.id)

    @property
    def living(self) -> bool:
        """Whether this account may do anything at all."""
        return self.deleted_at is None and self.suspended_at is None

    def public(self) -> User:
        """What other services may know."""
        return User(
            id=self.id,
            sub=self.sub,
            version=self.version,
            email=self.email,
            role=self.role,
            identity_verified_level=self.identity_verified_level,
            created_at=self.created_at,
            deleted_at=self.deleted_at,
            suspended_at=self.suspended_at,
            merged_into=self.merged_into,
        )


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-up brings."""

    email: str
    email_key: str
    password_hash: str | None
    """None for who signs in otherwise."""
    role: Role
    identity_verified_level: int = 0
    created_via: str = "web"
    language: str = "en"


async def insert(tx: Tx, new: NewAccount, now: datetime) -> Account | None:
    """None where an account has this address already, living, or in its grace if it ever proved it (auth.md 6.6).

    Two at once: one is inserted, the other gets None.
    """
    row = await tx.fetchrow(
        f"""insert into users (email, email_key, password_hash, role, identity_verified_level, created_via, language,
            created_at, updated_at)
        select $1::text, $2::text, $3::text, $4::text, $5::smallint, $6::text, $7::text, $8::timestamptz, $8
        where not exists (
            select from users closed
            where closed.email_key = $2 and closed.purge_at > $8 and closed.identity_verified_level > 0
        )
        on conflict (email_key) where deleted_at is null do nothing returning {_COLUMNS}""",
        new.email,
        new.email_key,
        new.password_hash,
        new.role,
        new.identity_verified_level,
        new.created_via,
        new.language,
        now,
    )
    return None if row is None else _account(row)


async def at_the_door(on: Tx | Database, email_key: str, now: datetime) -> Account | None:
    """Whose address it is: a living or suspended account before one in its grace."""
    row = await on.fetchrow(
        f"""select {_COLUMNS} from users
        where (email_key = $1 and deleted_at is null) or (email_key = $1 and purge_at is not null and purge_at > $2)
        order by deleted_at desc nulls first limit 1""",
        email_key,
        now,
    )
    return None if row is None else _account(row)


async def by_email(tx: Tx | Database, email_key: str) -> Account | None:
    """The living or suspended account of a folded address."""
    row = await tx.fetchrow(
        f"select {_COLUMNS} from users where email_key = $1 and deleted_at is null",
        email_key,
    )
    return None if row is None else _account(row)


async def administrators(tx: Tx | Database) -> list[Account]:
    """Those who can be written to."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from users where role = 'admin' and deleted_at is null and suspended_at is null
            and email is not null and identity_verified_level >= 1 order by id limit 100"""
    )
    return [_account(row) for row in rows]


async def after(db: Database, number: int, limit: int) -> list[Account]:
    """By their ids."""
    rows = await db.fetch(f"select {_COLUMNS} from users where id > $1 order by id limit $2", number, limit)
    return [_account(row) for row in rows]


async def by_id(tx: Tx | Database, user_id: int) -> Account | None:
    row = await tx.fetchrow(f"select {_COLUMNS} from users where id = $1", user_id)
    return None if row is None else _account(row)


async def lock(tx: Tx, user_id: int) -> Account | None:
    """The account, held until the transaction ends."""
    row = await tx.fetchrow(f"select {_COLUMNS} from users where id = $1 for update", user_id)
    return None if row is None else _account(row)


async def has_proved(tx: Tx, user_id: int, email_key: str) -> bool:
    """Whether this is the account's address, and proved to be."""
    found = await tx.fetchval(
        "select true from users where id = $1 and email_key = $2 and identity_verified_level > 0", user_id, email_key
    )
    return found is not None


async def email_verified(tx: Tx, user_id: int, password_hash: str | None, now: datetime) -> Account:
    """Raises level 0 to 1, and takes over the password that came with the link's own sign-up.

    Without one the account is whose it was, and has the level of accounts that it absorbed meanwhile.
    """
    row = await tx.fetchrow(
        f"""update users set identity_verified_level = greatest(identity_verified_level, 1,
                (select max(absorbed.identity_verified_level) from users absorbed
                    where absorbed.merged_into = $1 and $2::text is null)),
            password_hash = coalesce($2, password_hash), version = version + 1, updated_at = $3
        where id = $1 returning {_COLUMNS}""",
        user_id,
        password_hash,
        now,
    )
    if row is None:
        raise LookupError(f"user {user_id} went away while it was locked")
    return _account(row)


async def set_email(tx: Tx, user_id: int, email: str, email_key: str, now: datetime) -> Account | None:
    """Gives the account an address that was proved just now; None where another one has it, living, or in its grace if
    it ever proved it.

    Another address drops the level to 0, and its proof raises it to 1 (auth.md 6.1).
    """
    row = await tx.fetchrow(
        f"""update users set email = $2, email_key = $3, identity_verified_level = 1, version = version + 1,
            updated_at = $4
        where id = $1 and not exists (
            select from users other
            where other.email_key = $3 and other.id <> $1
                and (other.deleted_at is null or (other.purge_at > $4 and other.identity_verified_level > 0))
        ) returning {_COLUMNS}""",
        user_id,
        email,
        email_key,
        now,
    )
    return None if row is None else _account(row)


async def give_up_address(tx: Tx, user_id: int, now: datetime) -> Account | None:
    """The account without its address; None where it has proved it meanwhile."""
    row = await tx.fetchrow(
        f"""update users set email = null, email_key = null, version = version + 1, updated_at = $2
        where id = $1 and identity_verified_level = 0 returning {_COLUMNS}""",
        user_id,
        now,
    )
    return None if row is None else _account(row)


async def can_sign_in(tx: Tx, user_id: int) -> bool:
    """Whether there is a password, a passkey, or a provider that is in use."""
    found: bool | None = await tx.fetchval(
        """select u.password_hash is not null
            or exists (select from passkeys p where p.user_id = u.id)
            or exists (select from upstream_identities i join connectors c on c.key = i.connector and c.enabled
                where i.user_id = u.id)
        from users u where u.id = $1""",
        user_id,
    )
    return bool(found)


async def set_password(tx: Tx, user_id: int, password_hash: str, now: datetime) -> None:
    await tx.execute("update users set password_hash = $2, updated_at = $3 where id = $1", user_id, password_hash, now)


def _account(row: Row) -> Account:
    return msgspec.convert(dict(row), Account)
