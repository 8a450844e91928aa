"""Numbers in paths, by the name that the routes here know them by."""

from chassis.web.numbers import Id

__all__ = ["Id"]
