"""Why an application for promotion is refused (registry.md 7 and 13)."""

from chassis.problems import Problem


class PromotionRequestOpen(Problem):
    status, code = 409, "promotion_request_open"
    default_detail = "One application for promotion of this app is open already."


class WildcardMustBeRemoved(Problem):
    status, code = 422, "wildcard_must_be_removed"
    field = "redirect_uris"
    default_detail = "Remove the redirect URIs with a wildcard first."


class RiskAcknowledgementRequired(Problem):
    status, code = 422, "risk_acknowledgement_required"
    field = "acknowledged_flags"
    default_detail = "Every risk flag of the app has to be acknowledged."


class InvalidDocument(Problem):
    status, code = 422, "invalid_document"
    field = "business_registration"
    default_detail = "The certificate is a PDF of at most 10 MB."


class NothingToPromote(Problem):
    status, code = 422, "nothing_to_promote"
    field = "redirect_uris"
    default_detail = "The app has no production host and no flag that waits for review."
