"""One database and one role for each owner: the role can do everything in its own database and enter no other."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg


async def create(admin_url: str, name: str, password: str) -> str:
    """The URL of database `name` for the role `name`, both created (or the password renewed) by the administrator.

    Harmless to repeat. `name` must be a plain identifier; it and the password are quoted by the server.
    """
    admin = await asyncpg.connect(admin_url)
    try:
        if not await admin.fetchval("select 1 from pg_roles where rolname = $1", name):
            await admin.execute(await _quoted(admin, "create role %I", name))
            # An administrator who is not a superuser must be a member to make it owner.
            await admin.execute(await _quoted(admin, "grant %I to current_user with set true", name))
        await admin.execute(await _quoted(admin, "alter role %I login password %L", name, password))
        if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
            await admin.execute(await _quoted(admin, "create database %I owner %I", name, name))
            await admin.execute(await _quoted(admin, "revoke all on database %I from public", name))
    finally:
        await admin.close()
    parts = urlsplit(admin_url)
    address = f"{parts.hostname}:{parts.port or 5432}"
    return urlunsplit(("postgresql", f"{name}:{password}@{address}", f"/{name}", parts.query, ""))


async def drop(admin_url: str, name: str) -> None:
    """Remove the database, whoever is still in it, and its role."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(await _quoted(admin, "drop database if exists %I with (force)", name))
        await admin.execute(await _quoted(admin, "drop role if exists %I", name))
    finally:
        await admin.close()


async def _quoted(connection: asyncpg.Connection, template: str, *values: str) -> str:
    return str(await connection.fetchval("select format($1, variadic $2::text[])", template, list(values)))
