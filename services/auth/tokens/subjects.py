"""Who a person is beyond one grant: accounts that theirs has absorbed, whether it began anonymous (auth.md 3.5)."""

from typing import Any, Final

import msgspec

from chassis.postgres import Database, Row, Tx

COLUMNS: Final = """u.promoted_at is not null as previously_anonymous, (
        select jsonb_agg(jsonb_build_object(
            'sub', l.linked_user_id::text,
            'merged_canonical_sub', l.linked_user_id::text,
            'merged_via', l.merged_via,
            'occurred_at', to_char(l.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'source_event_id', l.source_event_id
        ) order by l.id) from identity_links l where l.primary_user_id = u.id
    ) as linked_subs"""
"""For a statement that has the person's row as `u` at hand already."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the identity claims say of an account, whichever application asks."""

    previously_anonymous: bool = False
    linked_subs: tuple[dict[str, Any], ...] = ()
    """Each with `sub`, `merged_canonical_sub`, `merged_via`, `occurred_at` and `source_event_id`."""


async def of(on: Tx | Database, user_id: int) -> Standing:
    row = await on.fetchrow(f"select {COLUMNS} from users u where u.id = $1", user_id)  # noqa: S608 - a constant
    return standing(row)


def standing(row: Row | None) -> Standing:
    """From a row with COLUMNS."""
    if row is None:
        return Standing()
    return Standing(previously_anonymous=row["previously_anonymous"], linked_subs=tuple(row["linked_subs"] or ()))


def claims(sub: str, user_id: int, standing: Standing) -> dict[str, Any]:
    """The five identity claims: `sub` is what this application's grant keeps, `user_id` the account that lives."""
    canonical = str(user_id)
    return {
        "sub": sub,
        "canonical_sub": canonical,
        "is_canonical": sub == canonical,
        "linked_subs": list(standing.linked_subs),
        "previously_anonymous": standing.previously_anonymous,
    }
