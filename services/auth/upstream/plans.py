"""How a provider is spoken to: presets of those that everybody knows, and what an operator may say differently."""

from typing import Any, Final, Literal

import msgspec

ClientAuth = Literal["basic", "post", "apple"]
EmailTrust = Literal["never", "google", "always"]


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider, but for the client that we are there."""

    kind: Literal["oidc", "oauth2"] = "oidc"
    issuer: str | None = None
    """Whose discovery document names the rest (OpenID Connect Discovery 1.0); given for every `oidc`."""
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    """For `oauth2` these three are given."""
    emails_endpoint: str | None = None
    """A list of addresses, each with `email`, `primary` and `verified`, as GitHub has it."""
    scopes: tuple[str, ...] = ("openid", "email")
    response_mode: Literal["query", "form_post"] = "query"
    client_auth: ClientAuth = "basic"
    pkce: bool = True
    again: str | None = "login"
    """The `prompt` that asks for a fresh sign-in, or for a choice of accounts; None where the provider knows none."""
    email_trust: EmailTrust = "never"
    """Whether a verified address of this provider opens an account that has the same address (`resolve.py`)."""
    subject: str = "sub"
    email: str = "email"
    email_verified: str = "email_verified"
    """Where an `oauth2` provider's answer has these; dots lead into members."""
    native_client_ids: tuple[str, ...] = ()
    """What the platform's own apps are called there, whose ID tokens are taken too (auth.md 6.3)."""
    team_id: str | None = None
    key_id: str | None = None
    """Apple's names of the developer team and of its private key."""

    @property
    def fault(self) -> str | None:
        """Why nobody could sign in by this; None where it is complete."""
        endpoints = (self.authorization_endpoint, self.token_endpoint, self.userinfo_endpoint)
        if self.kind == "oidc" and not self.issuer:
            return "an oidc connector needs `issuer`"
        if self.kind == "oauth2" and not all(endpoints):
            return "an oauth2 connector needs `authorization_endpoint`, `token_endpoint` and `userinfo_endpoint`"
        if self.kind == "oidc" and "openid" not in self.scopes:
            return "an oidc connector needs the scope `openid`"
        if self.client_auth == "apple" and not (self.team_id and self.key_id):
            return "apple needs `team_id` and `key_id`"
        return None


PRESETS: Final[dict[str, Plan]] = {
    "oidc": Plan(),
    "oauth2": Plan(kind="oauth2", scopes=()),
    "google": Plan(
        issuer="https://accounts.google.com", client_auth="post", again="select_account", email_trust="google"
    ),
    "apple": Plan(
        issuer="https://appleid.apple.com",
        response_mode="form_post",
        client_auth="apple",
        again=None,
        email_trust="always",
    ),
    "kakao": Plan(issuer="https://kauth.kakao.com", scopes=("openid", "account_email"), client_auth="post"),
    "github": Plan(
        kind="oauth2",
        authorization_endpoint="https://github.com/login/oauth/authorize",
        token_endpoint="https://github.com/login/oauth/access_token",
        userinfo_endpoint="https://api.github.com/user",
        emails_endpoint="https://api.github.com/user/emails",
        scopes=("read:user", "user:email"),
        client_auth="post",
        again="select_account",
        subject="id",
    ),
}


def plan(preset: str, settings: dict[str, Any]) -> Plan:
    """The preset with the operator's settings over it. Raises KeyError, msgspec.ValidationError."""
    return msgspec.convert({**msgspec.to_builtins(PRESETS[preset]), **settings}, Plan)
