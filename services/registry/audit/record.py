"""How a line of the audit log is written."""

from datetime import datetime
from typing import Any

from chassis.postgres import Tx
from services.registry.audit import store
from services.registry.audit.entry import Entry, Subject
from services.registry.callers import Caller


async def record(
    tx: Tx, caller: Caller, action: str, subject: Subject, changes: dict[str, Any], *, at: datetime
) -> None:
    """Appends an entry. The last statement of its transaction, because the chain's head stays locked until it ends."""
    entry = Entry(
        occurred_at=at,
        actor_type=caller.kind,
        actor_id=caller.user_id or None,
        pak_id=caller.pak_id,
        organization_id=subject.organization_id,
        action=action,
        target_type=subject.kind,
        target_id=subject.id,
        created_via=subject.created_via,
        client_type_header=caller.client_type_header,
        ip=caller.ip,
        user_agent=caller.user_agent,
        request_id=caller.request_id,
        risk_flags=subject.risk_flags,
        changes=changes,
    )
    await store.append(tx, entry)
