"""Refusals: facts with a status and a code, the same after a journey as before."""

import msgspec

from chassis.problems import Carried, NotFound, Problem, ProblemRecord, Unauthorized


class CupTaken(Problem):
    status, code = 409, "cup_taken"
    default_detail = "Somebody has this cup."


def test_a_problem_travels_whole() -> None:
    """Status, code, detail, fields, headers and members of a problem are the same in the service that asked."""
    problem = CupTaken("Ann has it.", fields={"cup": ["taken"]}, headers={"retry-after": "9"}, holder="ann")
    frame = msgspec.msgpack.encode(ProblemRecord.of(problem))
    carried = Carried(msgspec.msgpack.decode(frame, type=ProblemRecord))
    assert ProblemRecord.of(problem) == ProblemRecord.of(carried)
    assert (409, "cup_taken", "Ann has it.") == (carried.status, carried.code, carried.detail)


def test_carrying_changes_no_class() -> None:
    """What one carried problem is says nothing about the next."""
    Carried(ProblemRecord.of(CupTaken()))
    assert (500, "server_error") == (Carried.status, Carried.code)


def test_a_fact_has_its_sentence() -> None:
    """Without a detail of its own a refusal says what its class always says."""
    assert "Somebody has this cup." == CupTaken().detail
    assert "Ann has it." == CupTaken("Ann has it.").detail


def test_only_what_is_a_problem_has_a_code() -> None:
    """Whatever names no status is a failure of ours, blank to the caller."""
    assert (500, "server_error", "") == (Problem().status, Problem().code, Problem().detail)
    assert (404, 401) == (NotFound().status, Unauthorized().status)
