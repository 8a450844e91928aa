"""A mail's two parts, plain text and HTML, in the recipient's language."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import jinja2

from chassis.web.languages import Words
from services.auth.accounts.addresses import deliverable
from services.auth.mail.outbox import Claimed, Letter

_FOLDER = Path(__file__).parent / "letters"


class Writer:
    """Turns a letter into a message; the same letter gives the same Message-ID each time."""

    def __init__(self, issuer: str, sender: str) -> None:
        name, address = parseaddr(sender)
        self._sender = Address(name, addr_spec=address)
        self._host = urlsplit(issuer).hostname or "localhost"
        self._words = Words([_FOLDER])
        loader = jinja2.FileSystemLoader(_FOLDER)
        self._html = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        # Plain text has nothing to escape, and an escaped link would lead nowhere.
        self._text = jinja2.Environment(loader=loader, autoescape=False, undefined=jinja2.StrictUndefined)  # noqa: S701

    def write(self, claimed: Claimed, letter: Letter, now: datetime) -> EmailMessage:
        t = self._words.of(letter.language)
        places = {
            "t": partial(t, **letter.places),
            "kind": letter.kind,
            "link": letter.link,
            "language": letter.language,
            "host": self._host,
        }
        message = EmailMessage()
        message["Message-ID"] = f"<{claimed.key}@{self._host}>"
        message["Date"] = format_datetime(now)
        message["From"] = self._sender
        message["To"] = Address(addr_spec=deliverable(letter.recipient))
        message["Subject"] = t(f"{letter.kind}.subject", **letter.places)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._text.get_template("letter.txt").render(places))
        message.add_alternative(self._html.get_template("letter.html").render(places), subtype="html")
        # Set last: to become an alternative, a message hands its content's headers down to its first part.
        message["Content-Language"] = letter.language
        return message
