"""What a route is given by its app, by the name of the parameter: `ground: Given[Ground]`."""

from typing import Annotated, TypeAlias, TypeVar

from litestar.di import Dependency
from litestar.params import SkipValidationMarker

T = TypeVar("T")

Given: TypeAlias = Annotated[T, Dependency(kind="named"), SkipValidationMarker()]
"""Made by our own wiring, so there is nothing to validate."""
