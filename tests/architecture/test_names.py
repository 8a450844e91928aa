"""Names that say nothing are not used: the page on names of the house's style."""

from tests.architecture.sources import at, python

ATTICS = {"utils", "util", "common", "core", "helpers", "helper", "shared", "misc", "kit", "types"}

EMPTY_ENDINGS = ("Service", "Manager", "Handler", "Helper", "Impl")

WAIVED = {
    ("chassis/service.py", "Service"): "here the word is the domain's: the thing that all four services are",
    ("chassis/nats_link.py", "_process_msg"): "nats-py's own method, overridden",
    ("chassis/nats_link.py", "_process_pong"): "nats-py's own method, overridden",
}


def test_no_attics() -> None:
    """A module or folder says what is in it."""
    assert [] == [source.path for source in python() if ATTICS & set(source.module.split("."))]


def test_no_empty_class_names() -> None:
    """A class is named for what it is, not for being a class."""
    assert [] == [
        f"{at(source, found)}: {found.name}"
        for source in python()
        for found in source.classes()
        if found.name.endswith(EMPTY_ENDINGS) and (source.path, found.name) not in WAIVED
    ]


def test_no_empty_verbs() -> None:
    """`process_` and `do_` say that something is done, not what."""
    assert [] == [
        f"{at(source, found)}: {found.name}"
        for source in python()
        for found in source.functions()
        if found.name.lstrip("_").startswith(("process_", "do_")) and (source.path, found.name) not in WAIVED
    ]


def test_refusals_are_facts() -> None:
    """An exception of ours reads as a fact (`ApplicationUnknown`), not as an error of something."""
    assert [] == [
        f"{at(source, found)}: {found.name}"
        for source in python()
        for found in source.classes()
        if found.name.endswith(("Error", "Exception"))
    ]
