"""Why registry refuses (registry.md 13)."""

from chassis.problems import Problem


class IdentityVerificationRequired(Problem):
    status, code = 403, "identity_verification_required"
    default_detail = "Only accounts with a verified email address may register apps."


class ForbiddenRole(Problem):
    status, code = 403, "forbidden_role"
    default_detail = "Your role does not allow this."


class NameTaken(Problem):
    status, code = 409, "name_taken"
    field = "name"
    default_detail = "Another app of this organisation has this name and another client type."


class RegistrationLimited(Problem):
    status, code = 429, "rate_limited"
    default_detail = "You have registered as many apps as one developer may for now."


class ClientTypeImmutable(Problem):
    status, code = 422, "client_type_immutable"
    field = "client_type"
    default_detail = "The client type is fixed at registration; register another app."


class LastRedirectUri(Problem):
    status, code = 422, "last_redirect_uri"
    field = "uri"
    default_detail = "An app keeps at least one redirect URI."


class UriNotRegistered(Problem):
    status, code = 422, "uri_not_registered"
    field = "uri"
    default_detail = "The URI is not byte for byte one of the registered ones."


class PublicClientHasNoSecret(Problem):
    status, code = 422, "public_client_has_no_secret"
    default_detail = "A public client has no secret to rotate."


class InvalidWebhookUrl(Problem):
    status, code = 422, "invalid_webhook_url"
    default_detail = "The webhook URL is not one that we may call."


class PreconditionFailed(Problem):
    status, code = 412, "precondition_failed"
    default_detail = "The app has changed since you read it."


class NotDeleted(Problem):
    status, code = 409, "not_deleted"
    default_detail = "The app is not in the trash."


class RestoreWindowExpired(Problem):
    status, code = 410, "restore_window_expired"
    default_detail = "An app can be restored for 30 days after it was deleted."


class NameDiffers(Problem):
    status, code = 422, "name_differs"
    field = "name"
    default_detail = "To purge an app for good, send its exact name."


class IdempotencyKeyReused(Problem):
    status, code = 409, "idempotency_key_reused"
    default_detail = "This Idempotency-Key came with another request before."


class InvalidLogo(Problem):
    status, code = 422, "invalid_logo"
    field = "logo_url"
    default_detail = "The logo is a PNG, JPEG or WebP of at most 512 KB at an https address."


class StepUpRequired(Problem):
    status, code = 403, "step_up_required"
    default_detail = "This needs a sign-in of the last 15 minutes, in a browser."
