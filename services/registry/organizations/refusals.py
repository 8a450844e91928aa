"""Why registry refuses what people do with their organisations (registry.md 11 and 13)."""

from chassis.problems import Problem


class LastOwner(Problem):
    status, code = 409, "last_owner"
    default_detail = "An organisation keeps at least one owner."


class TooManyOrganizations(Problem):
    status, code = 409, "too_many_organizations"
    default_detail = "One person has at most five organisations."


class AlreadyMember(Problem):
    status, code = 409, "already_member"
    field = "email"
    default_detail = "Whoever has this address is a member already."


class InvitationPending(Problem):
    status, code = 409, "invitation_pending"
    field = "email"
    default_detail = "An invitation to this address waits already; send it again instead."


class TooManyInvitations(Problem):
    status, code = 409, "too_many_invitations"
    default_detail = "An organisation has at most twenty invitations waiting."


class InvitationEnded(Problem):
    status, code = 410, "invitation_ended"
    default_detail = "This invitation was used, cancelled or has expired."


class OtherAddress(Problem):
    status, code = 403, "other_address"
    default_detail = "Sign in with the address that the invitation was sent to."


class ResentLately(Problem):
    status, code = 429, "rate_limited"
    default_detail = "An invitation is sent at most once in five minutes."


class InvitationsLimited(Problem):
    status, code = 429, "rate_limited"
    default_detail = "An organisation sends at most a hundred invitations a day."
