"""Why an account is not deleted, and why it does not come back."""

from chassis.problems import Problem


class LastOwner(Problem):
    """`organizations` names those that have other members and would lose their last owner (registry.md 11)."""

    status, code = 409, "last_owner"
    default_detail = "Organisations would lose their last owner; make somebody else an owner first."


class RestoreWindowExpired(Problem):
    """The account is not in its grace: it was never closed, has come back already, or is over."""

    status, code = 410, "restore_window_expired"
    default_detail = "There is no account here that could be restored."


class AddressTaken(Problem):
    """Somebody signed up with the address while the account was closed."""

    status, code = 409, "address_taken"
    default_detail = "Another account has this address by now."
