"""Numbers in paths, as large as a number of ours can be."""

from typing import Annotated, TypeAlias

from litestar.params import PathParameter

Id: TypeAlias = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]
