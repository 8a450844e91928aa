"""Numbers in paths and queries, as large as a number of ours can be: Postgres keeps no larger one."""

from typing import Annotated, TypeAlias

from litestar.params import PathParameter, QueryParameter

Id: TypeAlias = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]
Number: TypeAlias = Annotated[int | None, QueryParameter(ge=0, le=2**63 - 1)]
