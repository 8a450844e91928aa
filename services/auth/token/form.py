"""The form of a token request, read by hand: exact content type, no parameter twice, nothing Postgres cannot hold."""

from urllib.parse import unquote_to_bytes

import msgspec

from chassis.problems import InvalidRequest

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

BODY_BYTES = 16 * 1024
MAX_FIELDS = 50

REPEATABLE = "resource"
"""RFC 8707 section 2 lets it occur several times; nothing else may (RFC 6749 section 3.2)."""


class Form(msgspec.Struct, frozen=True):
    """Parameters with a value; an empty one counts as absent (RFC 6749 section 3.2)."""

    fields: dict[str, str]
    resources: tuple[str, ...] = ()

    def get(self, name: str) -> str | None:
        return self.fields.get(name)

    def need(self, name: str) -> str:
        """Raises InvalidRequest where it is missing."""
        found = self.fields.get(name)
        if found is None:
            raise InvalidRequest(f"{name} is missing.")
        return found

    def __repr__(self) -> str:
        return f"Form({sorted(self.fields)!r})"


def read(content_type: str, body: bytes) -> Form:
    """Raises InvalidRequest for everything but a well-formed form."""
    if _media(content_type) != FORM:
        raise InvalidRequest(f"The content type has to be {FORM}.")
    return of_pairs(pairs(body))


def read_either(content_type: str, body: bytes) -> Form:
    """A form, or the same members as a JSON object of strings; the second face takes both (management-api.md 1.2)."""
    if _media(content_type) != JSON:
        return read(content_type, body)
    try:
        members = msgspec.json.decode(body, type=dict[str, str | list[str] | None])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidRequest("The body is not a JSON object of strings.") from error
    found: list[tuple[str, str]] = []
    for name, value in members.items():
        found += [(name, each) for each in ([value] if isinstance(value, str) else value or [])]
    return of_pairs(found)


def pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Raises InvalidRequest where the text is not UTF-8 or has too many parameters."""
    if encoded.count(b"&") >= MAX_FIELDS:
        raise InvalidRequest("There are too many parameters.")
    try:
        pieces = [piece.partition("=") for piece in encoded.decode("ascii").split("&") if piece]
        found = [(_decoded(name), _decoded(value)) for name, _, value in pieces]
    except ValueError as error:
        raise InvalidRequest("The parameters cannot be read.") from error
    if b"\x00" in encoded or b"%00" in encoded:
        raise InvalidRequest("A parameter contains a zero byte.")
    return found


def _decoded(text: str) -> str:
    """As parse_qsl reads it, which takes three times as long for a request that has it on its path."""
    if "%" not in text and "+" not in text:
        return text
    return unquote_to_bytes(text.replace("+", " ")).decode()


def of_pairs(found: list[tuple[str, str]]) -> Form:
    fields: dict[str, str] = {}
    resources: list[str] = []
    for name, value in found:
        if "\x00" in name or "\x00" in value:
            raise InvalidRequest("A parameter contains a zero byte.")
        if value == "":
            continue
        if name == REPEATABLE:
            resources.append(value)
        elif name in fields:
            raise InvalidRequest(f"{_shown(name)} is given twice.")
        else:
            fields[name] = value
    return Form(fields, tuple(resources))


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _shown(name: str) -> str:
    """A parameter's name as an error may repeat it (RFC 6749 section 5.2 limits the characters)."""
    return name if name.replace("_", "").isalnum() and name.isascii() and len(name) <= 40 else "A parameter"
