"""An access token as it is presented: as a bearer token, or bound to a key with a proof beside it."""

from contracts.principal import AccessToken, Refused
from contracts.questions.auth import PrincipalOf
from services.auth.dpop import check
from services.auth.dpop.check import InvalidDpopProof
from services.auth.ground import Ground
from services.auth.tokens import verify


async def access_token(ground: Ground, token: str, question: PrincipalOf) -> AccessToken | Refused:
    """Whose token it is, for the gateway; a bound token without its proof is nobody's."""
    scheme = (question.authorization or "").strip().partition(" ")[0].lower()
    if scheme != "dpop":
        return await verify.access_token(ground, token)
    if question.dpop is None:
        return Refused(why="proof_missing", via="dpop")
    try:
        jkt = await check.beside_token(ground, question.dpop, question.method, question.url, token)
    except InvalidDpopProof:
        return Refused(why="proof_wrong", via="dpop")
    return await verify.access_token(ground, token, jkt)
