"""What a stack is given once: the operator's account and key, the management client, the command line's client."""

import secrets
from pathlib import Path

import msgspec

from contracts import ids
from deploy.local.home import Home, write_private

# The first-party public client `logi-cli`: an id is no secret, and the documentation names it.
CLI_CLIENT_ID = "logi_c11c11c11c11c11c11c11c11c11c11c1"
MANAGEMENT_RESOURCE = "https://default.logto.app/api"
OPERATOR_EMAIL = "operator@logi.example"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """The document in credentials.json, which the services' `seed` commands read from their standard input."""

    issuer: str
    operator_email: str
    operator_password: str
    operator_pak: str
    management_client_id: str
    management_client_secret: str
    management_resource: str
    cli_client_id: str


def credentials(home: Home) -> bytes:
    """The document, made at the first start; the issuer follows the port."""
    path = home.credentials
    if path.exists():
        known = msgspec.json.decode(path.read_bytes(), type=Credentials)
        if known.issuer == home.issuer:
            return path.read_bytes()
        document = msgspec.structs.replace(known, issuer=home.issuer)
    else:
        document = Credentials(
            issuer=home.issuer,
            operator_email=OPERATOR_EMAIL,
            operator_password=secrets.token_urlsafe(18),
            operator_pak=ids.new_pak(),
            management_client_id=ids.new_client_id(),
            management_client_secret=ids.new_client_secret(),
            management_resource=MANAGEMENT_RESOURCE,
            cli_client_id=CLI_CLIENT_ID,
        )
    write_private(path, msgspec.json.format(msgspec.json.encode(document)) + b"\n")
    return path.read_bytes()


def is_seeded(database: Path, document: bytes) -> bool:
    """Whether this very document has been given to the services whose data lie there."""
    note = database / "seeded"
    return note.exists() and note.read_bytes() == document


def remember_seeded(database: Path, document: bytes) -> None:
    """The note lies with the data, so that a lost database is seeded again."""
    write_private(database / "seeded", document)
