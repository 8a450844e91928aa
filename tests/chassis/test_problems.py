"""Refusals: facts with a status and a code, the same after a journey as before."""

import msgspec
import pytest

from chassis.problems import Carried, Faults, NotFound, Problem, ProblemRecord, Unauthorized, ValidationFailed


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


class CupCracked(Problem):
    status, code = 422, "cup_cracked"
    field = "cup"
    default_detail = "This cup has a crack."


def test_a_fact_about_one_member_names_it() -> None:
    """Its sentence stands beside the member, unless whoever raises it knows better."""
    assert {"cup": ["This cup has a crack."]} == CupCracked().fields
    assert {"cup": ["at the rim"]} == CupCracked(fields={"cup": ["at the rim"]}).fields


def test_faults_are_told_together() -> None:
    """The first says the code, all say their fields; what is about no field is raised at once; no fault is silence."""
    faults = Faults()
    faults.tell()
    with faults.heard():
        raise CupCracked
    with faults.heard():
        raise ValidationFailed(fields={"cup": ["too small"], "sugar": ["too much"]})
    with pytest.raises(CupCracked) as told:
        faults.tell()
    assert {"cup": ["This cup has a crack."], "sugar": ["too much"]} == told.value.fields
    with pytest.raises(CupTaken), faults.heard():
        raise CupTaken
