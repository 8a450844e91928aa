"""Why a device or an anonymous account is refused (auth.md 4.3)."""

from chassis.problems import Problem


class InvalidDeviceSecret(Problem):
    """Wrong, missing for a device that has one, or of a device that is not known any more."""

    status, code = 401, "invalid_device_secret"
    default_detail = "This device did not prove itself."


class DeviceClaimedByOtherUser(Problem):
    """The app then offers to merge the two accounts, or to fold the anonymous one in."""

    status, code = 409, "device_claimed_by_other_user"
    default_detail = "This device belongs to another account."


class AnonymousNotAllowed(Problem):
    """An anonymous account meets what needs somebody (auth.md 6.4)."""

    status, code = 403, "anonymous_not_allowed"
    default_detail = "Sign in first: this is not for anonymous accounts."


class NonAnonymousCaller(Problem):
    status, code = 403, "non_anonymous_caller"
    default_detail = "Only an anonymous account can be folded into another one."


class IdentityNotLinked(Problem):
    """Nothing to fold into: attach the identity instead, and the account is somebody's."""

    status, code = 409, "identity_not_linked"
    default_detail = "Nobody has an account with this identity yet."


class AppTokenNeeded(Problem):
    """A token that some other application was given does not make it the person's device."""

    status, code = 403, "unauthorized_client"
    default_detail = "Only the platform's own app may do this."
