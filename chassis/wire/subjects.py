"""The names of every subject that exchanges and questions use.

All that is sent to a service begins with `http.<service>.` or `ask.<service>.`, because the rights of NATS users are
written by that beginning: only the gateway publishes `http.>`, only the owner hears its own.
"""

import re
import secrets

_TOKEN = re.compile(r"[a-z0-9_-]+")


class NameUnfit(ValueError):
    """A service, pool, owner or question has a name that NATS would read as several tokens or as a wildcard."""


def new_instance() -> str:
    """The id of one serving process, unique among all that ever ran."""
    return secrets.token_hex(6)


def pool(service: str, name: str) -> str:
    """Where an exchange goes; each instance listens in the queue group of its service. Raises NameUnfit."""
    return f"http.{_fit(service)}.{_fit(name)}"


def member(pool_subject: str, instance: str) -> str:
    """Where an exchange goes that must reach this very instance."""
    return f"{pool_subject}.{instance}"


def everyone(pool_subject: str) -> str:
    """What all instances of a pool hear: cancels and roll calls. No instance id is spelled so."""
    return f"{pool_subject}.all"


def depot(service: str, instance: str) -> str:
    """Where an instance hands out and takes in the parts of large bodies; one token longer than any pool's."""
    return f"http.{_fit(service)}.parts.{instance}.depot"


def question(owner: str, name: str, asker: str) -> str:
    """`asker` may be the wildcard `*`, for the owner's ear; `name` may have dots. Raises NameUnfit."""
    for token in name.split("."):
        _fit(token)
    return f"ask.{_fit(owner)}.{name}.{asker if asker == '*' else _fit(asker)}"


def _fit(token: str) -> str:
    if _TOKEN.fullmatch(token) is None:
        raise NameUnfit(token)
    return token
