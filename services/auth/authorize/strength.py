"""How strong a sign-in an application wishes for (`acr_values`, or `acr` among its claims), and what follows from that.

`acr_values` is a wish: where it cannot be met, the ID token says what was shown (OpenID Connect Core 5.5.1.1). An
essential `acr` claim is a condition.
"""

from typing import Final, Literal

from services.auth.authorize.refusals import BackToClient
from services.auth.authorize.request import AuthorizationRequest
from services.auth.sessions.store import SignedIn
from services.auth.tokens import mint

STRONG: Final = "aal2"
LEVELS: Final = ("aal1", STRONG)

Verdict = Literal["enough", "confirm"]


def judge(request: AuthorizationRequest, visitor: SignedIn) -> Verdict:
    """`confirm`: the person has a second factor, and shows it first.

    Raises BackToClient where an essential level cannot be had, or not without asking.
    """
    wished = [level for level in request.acr if level in LEVELS]
    if mint.acr(visitor.methods) == STRONG or not wished or wished[0] != STRONG:
        return "enough"
    must = request.acr_essential and wished == [STRONG]
    silent = "none" in request.prompt
    if visitor.factors and not silent:
        return "confirm"
    if not must:
        return "enough"
    if visitor.factors:
        raise BackToClient("interaction_required", "The person has to show a second factor.")
    raise BackToClient("unmet_authentication_requirements", "This person has no second factor.")
