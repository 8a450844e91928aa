"""Inviting, sending again, cancelling, accepting. A token is good once and for seven days."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from email_validator import EmailNotValidError, validate_email

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import NotFound, ValidationFailed
from contracts import ids
from contracts.events.notices import LetterAsked
from services.registry import audit
from services.registry.applications.refusals import ForbiddenRole, IdentityVerificationRequired
from services.registry.audit.entry import Subject
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.invitations import store
from services.registry.invitations.store import Invitation, NewInvitation
from services.registry.members import store as members
from services.registry.organizations import choose
from services.registry.organizations.refusals import (
    AlreadyMember,
    InvitationEnded,
    InvitationPending,
    InvitationsLimited,
    OtherAddress,
    ResentLately,
    TooManyInvitations,
)
from services.registry.organizations.store import Membership, OrganizationRole

GOOD_FOR: Final = timedelta(days=7)
MOST: Final = 20
AGAIN_AFTER: Final = timedelta(minutes=5)
SENT_A_DAY: Final = 100
"""Of one organisation, taken back ones among them: nobody's mailbox is filled by inviting over and over."""


async def person(ground: Ground, caller: Caller, email: str, role: OrganizationRole) -> Invitation:
    """Raises ValidationFailed, ForbiddenRole, AlreadyMember, InvitationPending, TooManyInvitations, and what
    whoever sends too many, or has not shown an address of their own, is told.
    """
    if caller.identity_verified_level < 1:
        raise IdentityVerificationRequired("Verify your address first.", verify_url=f"{ground.issuer}/account")
    address, now = _address(email), ground.clock.now()
    token = secrets.token_urlsafe(32)
    async with ground.db.transaction() as tx:
        chosen = await _may(ground, tx, caller)
        if role == "owner" and chosen.role != "owner":
            raise ForbiddenRole("Only owners make owners.")
        await members.lock(tx, chosen.organization_id)
        if await members.by_email(tx, chosen.organization_id, address) is not None:
            raise AlreadyMember
        waiting = await store.pending(tx, chosen.organization_id, now)
        if any(each.email == address for each in waiting):
            raise InvitationPending
        if len(waiting) >= MOST:
            raise TooManyInvitations
        await _may_send(tx, chosen.organization_id, address, now)
        new = NewInvitation(
            organization_id=chosen.organization_id,
            email=address,
            role=role,
            invited_by=caller.user_id,
            token_sha256=_digest(token),
            expires_at=now + GOOD_FOR,
        )
        made = await store.insert(tx, new, now)
        await _sent(ground, tx, made, token)
        await _recorded(ground, tx, caller, "member.invited", made)
    return made


async def again(ground: Ground, caller: Caller, invitation_id: int) -> Invitation:
    """Sends a new token; the old one is dead. Raises NotFound, InvitationEnded, ResentLately."""
    now, token = ground.clock.now(), secrets.token_urlsafe(32)
    async with ground.db.transaction() as tx:
        found = await _own(ground, tx, caller, invitation_id)
        if found.state != "pending":
            raise InvitationEnded
        await _may_send(tx, found.organization_id, found.email, now)
        await store.renew(tx, found.id, _digest(token), now, now + GOOD_FOR)
        await _sent(ground, tx, found, token)
        await _recorded(ground, tx, caller, "member.invitation_resent", found)
        renewed = await store.by_id(tx, found.id)
    return renewed or found


async def cancel(ground: Ground, caller: Caller, invitation_id: int) -> None:
    """Raises NotFound, InvitationEnded."""
    async with ground.db.transaction() as tx:
        found = await _own(ground, tx, caller, invitation_id)
        if found.state != "pending":
            raise InvitationEnded
        await store.end(tx, found.id, "cancelled")
        await _recorded(ground, tx, caller, "member.invitation_cancelled", found)


async def accept(ground: Ground, caller: Caller, token: str) -> Invitation:
    """The caller joins, if the invitation was sent to their own proven address.

    Raises NotFound, InvitationEnded, OtherAddress, AlreadyMember.
    """
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        found = await _theirs(ground, tx, caller, token)
        await members.lock(tx, found.organization_id)
        if await members.of_person(tx, found.organization_id, caller.user_id) is not None:
            raise AlreadyMember
        await members.add(tx, found.organization_id, caller.user_id, found.role, now)
        await store.end(tx, found.id, "accepted")
        await _recorded(ground, tx, caller, "member.joined", found)
    return found


async def decline(ground: Ground, caller: Caller, token: str) -> None:
    """Whom it was sent to does not want it: it ends as if it had been cancelled.

    Raises NotFound, InvitationEnded, OtherAddress.
    """
    async with ground.db.transaction() as tx:
        found = await _theirs(ground, tx, caller, token)
        await store.end(tx, found.id, "cancelled")
        await _recorded(ground, tx, caller, "member.invitation_cancelled", found)


async def shown(ground: Ground, token: str) -> Invitation | None:
    """What the mail's link is for; to whoever has the link, and changing nothing."""
    async with ground.db.transaction() as tx:
        return await store.by_token(tx, _digest(token))


async def _theirs(ground: Ground, tx: Tx, caller: Caller, token: str) -> Invitation:
    found = await store.by_token(tx, _digest(token))
    if found is None:
        raise NotFound
    if found.state_at(ground.clock.now()) != "pending":
        raise InvitationEnded
    address = await store.address(tx, caller.user_id)
    if address is None or address.lower() != found.email or caller.identity_verified_level < 1:
        raise OtherAddress
    return found


async def _may(ground: Ground, tx: Tx, caller: Caller) -> Membership:
    chosen = await choose.organization(tx, caller, None, ground.clock.now())
    if chosen.role == "developer":
        raise ForbiddenRole
    return chosen


async def _may_send(tx: Tx, organization_id: int, address: str, now: datetime) -> None:
    """Raises ResentLately, InvitationsLimited."""
    sent = await store.sent(tx, organization_id, address, now - timedelta(days=1))
    wait = timedelta() if sent.last is None else sent.last + AGAIN_AFTER - now
    if wait > timedelta():
        raise ResentLately(headers={"retry-after": str(int(wait.total_seconds()) + 1)})
    if sent.count >= SENT_A_DAY:
        raise InvitationsLimited(headers={"retry-after": "3600"})


async def _own(ground: Ground, tx: Tx, caller: Caller, invitation_id: int) -> Invitation:
    chosen = await _may(ground, tx, caller)
    found = await store.by_id(tx, invitation_id)
    if found is None or found.organization_id != chosen.organization_id:
        raise NotFound
    return found


async def _sent(ground: Ground, tx: Tx, found: Invitation, token: str) -> None:
    """The token alone opens nothing: whoever uses it must be signed in with the address that the mail goes to."""
    now = ground.clock.now()
    letter = LetterAsked(
        event_id=ids.new_event_id(now),
        occurred_at=now,
        occasion="invited",
        address=found.email,
        path=f"/developer/invitations?token={token}",
        places={"organization": found.organization, "role": found.role},
    )
    await announce(tx, letter)


async def _recorded(ground: Ground, tx: Tx, caller: Caller, action: str, found: Invitation) -> None:
    about = Subject(kind="invitation", id=str(found.id), organization_id=found.organization_id)
    await audit.record(tx, caller, action, about, {"email": found.email, "role": found.role}, at=ground.clock.now())


def _address(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise ValidationFailed(fields={"email": ["not a mail address"]}) from error


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
