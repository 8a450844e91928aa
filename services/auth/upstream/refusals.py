"""Why somebody who came back from another provider is not let in."""

from chassis.problems import Problem


class ProviderUnknown(Problem):
    """No connector of this name is set up, or it is switched off."""

    status, code = 404, "provider_unknown"
    default_detail = "Signing in with this provider is not set up here."


class StateUnknown(Problem):
    """The state was used, is older than ten minutes, was made for another provider, or in another browser."""

    status, code = 400, "upstream_state_unknown"
    default_detail = "This sign-in was begun elsewhere, is too old, or was finished already."


class ProviderUnavailable(Problem):
    """The provider did not answer, or not as its kind does."""

    status, code = 502, "upstream_unavailable"
    default_detail = "The provider does not answer as it should right now."


class AnswerRefused(Problem):
    """The provider's word does not hold: signature, issuer, audience, time, nonce, subject."""

    status, code = 400, "upstream_answer_refused"
    default_detail = "What the provider said about you could not be believed."


class AccountUnusable(Problem):
    """The account is suspended, or deleted and in its grace; support can help (auth.md 6.6)."""

    status, code = 403, "account_unusable"
    default_detail = "The account that belongs to this identity cannot be used."


class AccountClosed(Exception):
    """The account is theirs, and in its grace: they are asked whether to keep it."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        super().__init__()


class Overtaken(Exception):
    """The address is taken: by somebody who was faster, or by an account in its grace (auth.md 6.6)."""


class EmailAlreadyRegistered(Problem):
    """An account has this address, and the provider's word alone does not open it."""

    status, code = 409, "email_already_registered"
    default_detail = "An account with this address exists: sign in to it, then connect the provider there."


class LinkedToOtherApple(Problem):
    status, code = 409, "email_linked_to_other_apple_account"
    default_detail = "The account with this address is linked to another Apple account."


class LinkedToOtherGoogle(Problem):
    status, code = 409, "email_linked_to_other_google_account"
    default_detail = "The account with this address is linked to another Google account."


class LinkedToOther(Problem):
    """Every other provider's code has its own key in it: `email_linked_to_other_<provider>_account`."""

    status, code = 409, "email_linked_to_other_account"
    default_detail = "The account with this address is linked to another account at this provider."

    def __init__(self, key: str) -> None:
        super().__init__()
        self.code = f"email_linked_to_other_{key.replace('-', '_')}_account"  # type: ignore[misc] # ty of instance


class IdentityOwnedByAnotherAccount(Problem):
    status, code = 409, "identity_owned_by_another_account"
    default_detail = "This identity belongs to another account here."


def linked_to_other(key: str) -> Problem:
    """The collision as auth.md 2.6 names it."""
    known = {"apple": LinkedToOtherApple, "google": LinkedToOtherGoogle}
    return known[key]() if key in known else LinkedToOther(key)
