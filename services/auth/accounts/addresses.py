"""Mail addresses: what a new one must look like, and when two spellings are one address."""

import unicodedata

import idna
import msgspec
from email_validator import EmailNotValidError, validate_email

LONGEST = 254
"""RFC 5321 section 4.5.3.1.3, without the angle brackets."""


class Address(msgspec.Struct, frozen=True):
    """An address as mail is sent to it, and the key under which it is unique."""

    email: str
    key: str


class AddressUnusable(Exception):
    """No mail could ever reach this."""


def new(text: str) -> Address:
    """Raises AddressUnusable. Asks no DNS: an address is proved by its owner's click.

    A local part beyond ASCII is refused, because few servers take it (RFC 6531); full-width letters become plain ones.
    """
    plain = unicodedata.normalize("NFKC", text.strip()[: LONGEST + 1])
    try:
        email = validate_email(plain, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError as error:
        raise AddressUnusable(str(error)) from error
    return Address(email, fold(email))


def fold(text: str) -> str:
    """The key of an address: NFKC, case-folded, its domain in A-labels; two spellings never make two accounts.

    Never fails: what is no address folds to a key that nobody has.
    """
    plain = _plain(text[: 2 * LONGEST])
    local, at, domain = plain.rpartition("@")
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode().lower()}"
    except (idna.IDNAError, UnicodeError):
        return plain


def told(email: str | None, nowhere: str) -> str | None:
    """The address as people may see it and mail may go to it; None for one that stands where somebody has none."""
    return None if email is None or email.endswith(f"@{nowhere}") else email


def deliverable(email: str) -> str:
    """The address as SMTP servers take it: its domain in A-labels (RFC 5891)."""
    local, at, domain = email.rpartition("@")
    return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"


def _plain(text: str) -> str:
    """Unicode's toNFKC_Casefold (section 5.18.4), but for the blanks around it, which normalising may uncover."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
