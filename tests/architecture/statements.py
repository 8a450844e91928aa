"""Every SQL statement that stands in the code, with what it says at run time."""

import ast
import importlib
import re
from collections.abc import Iterator

import msgspec

from tests.architecture.sources import Source, at, last_name, python

VERBS = {"fetch", "fetchrow", "fetchval", "execute", "executemany"}

SQL = re.compile(r"\s*(select .* from|insert into|update .* set|delete from|with .* as) ", re.DOTALL)

OTHERS = {"outbound", "_outbound", "client", "_depot"}
"""Things with a `fetch` that are no database."""


class Statement(msgspec.Struct, frozen=True):
    """One call that runs SQL; `sql` is None where only run time knows the text."""

    source: Source
    place: str
    written: str
    sql: str | None


def statements() -> Iterator[Statement]:
    """Every statement of what runs in production, in the order of files."""
    for source in python("chassis", "contracts", "services", "gateway"):
        for call in source.calls():
            if runs_sql(call):
                yield Statement(source, at(source, call), ast.unparse(call.args[0]), said(source, call.args[0]))
        yield from tabled(source)


def tabled(source: Source) -> Iterator[Statement]:
    """Statements that stand in a table of a module, to be run in a loop."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict | ast.Tuple | ast.List):
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and SQL.match(part.value):
                    yield Statement(source, at(source, part), ast.unparse(part), part.value)


def runs_sql(call: ast.Call) -> bool:
    """Whether a call reads like one of asyncpg's."""
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in VERBS
        and bool(call.args)
        and last_name(call.func.value) not in OTHERS
    )


def said(source: Source, expression: ast.expr) -> str | None:
    """The text of an expression made of constants: those of its module are known, its function's names are not."""
    if isinstance(expression, ast.Constant):
        return str(expression.value)
    module = importlib.import_module(source.module)
    code = compile(ast.Expression(expression), source.path, "eval")
    try:
        return str(eval(code, vars(module)))  # noqa: S307 - our own source, which is being tested
    except (NameError, TypeError):
        return None
