"""The life of a process, watched from outside: it starts when it can, says what it waits for, and ends without loss."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chassis.processes import PATIENCE, ROOT, environment, living

DRAIN = 10  # seconds that a supervisor waits before it kills


def test_bad_settings_end_the_start() -> None:
    """Exit status 2, and one line on standard error that names every bad variable."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.chassis.living"],
        cwd=ROOT,
        env=environment(LOGI_HEALTH_PORT="x", LOGI_ISSUER=""),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (2, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))
    assert "LOGI_HEALTH_PORT" in done.stderr
    assert "LOGI_ISSUER" in done.stderr


def test_a_start_is_tried_again(tmp_path: Path) -> None:
    """What a process depends on may come up after it; each failed try is in the log with its reason."""
    with living(tmp_path, "kettle") as one:
        one.until({})
        waited = [line for line in one.lines() if line["event"] == "start.waiting"]
        assert ["OSError: no water at try 1", "OSError: no water at try 2"] == [line["error"] for line in waited]
        assert {"kettle"} == {line["resource"] for line in waited}


def test_a_start_that_cannot_be_gives_up(tmp_path: Path) -> None:
    """After `start_timeout` the process ends with status 1, so that its supervisor tries anew."""
    with living(tmp_path, "cold", LOGI_START_TIMEOUT="500ms") as one:
        assert 1 == one.process.wait(PATIENCE)
        assert "start.failed" in [line["event"] for line in one.lines()]


def test_what_no_waiting_mends_ends_the_start_at_once(tmp_path: Path) -> None:
    """Exit status 2, as for bad settings, and the reason once in the log: a supervisor need not try anew."""
    with living(tmp_path, "rusty") as one:
        assert 2 == one.process.wait(PATIENCE)
        assert ["StartImpossible: the kettle has a hole"] == [
            line["error"] for line in one.lines() if line["event"].startswith("start.")
        ]


def test_before_it_is_ready_it_is_alive(tmp_path: Path) -> None:
    """While it waits at start the private port answers: alive, and not ready."""
    with living(tmp_path, "cold") as one:
        one.until({"start": "still starting"})
        answer = one.get("/livez")
        assert answer is not None
        assert 200 == answer.status_code


def test_a_start_can_be_called_off(tmp_path: Path) -> None:
    """SIGTERM while it still waits ends it in good order."""
    with living(tmp_path, "cold") as one:
        one.until({"start": "still starting"})
        one.process.send_signal(signal.SIGTERM)
        assert 0 == one.process.wait(DRAIN)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """A condition that does not hold makes the process not ready, with its reason, and never dead."""
    with living(tmp_path, "dark") as one:
        one.until({"cellar": "LookupError: no lamp"})
        assert one.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_end_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Not ready at once; what is in flight is finished; then resources stop, the latest first; then it ends."""
    with living(tmp_path, "guest", "kettle", "stop order") as one:
        one.until({})
        one.process.send_signal(number)
        one.until({"end": "draining"})
        assert 0 == one.process.wait(DRAIN)
        order = ["draining", "drained", "last kept, first stopped", "first kept, last stopped", "kettle stopped"]
        assert order == one.said()
        assert "process.ending" == one.lines()[-1]["event"]


def test_the_end_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Work that never ends is cut short and told, and the process is gone before its supervisor would kill it."""
    with living(tmp_path, "stuck", "kettle") as one:
        one.until({})
        one.process.send_signal(signal.SIGTERM)
        assert 0 == one.process.wait(DRAIN)
        assert "drain.cut_short" in [line["event"] for line in one.lines()]
        assert ["kettle stopped"] == one.said()


def test_a_task_that_misses_its_end_is_told_again(tmp_path: Path) -> None:
    """A cancellation can be lost in a library's wait; the process ends all the same, and well before it is killed."""
    with living(tmp_path, "deaf", "kettle") as one:
        one.until({})
        one.process.send_signal(signal.SIGTERM)
        assert 0 == one.process.wait(DRAIN)
        assert ["kettle stopped"] == one.said()


def test_a_broken_task_ends_the_process(tmp_path: Path) -> None:
    """A loop that failed leaves no half-living process behind: it ends with status 1 and the reason in its log."""
    with living(tmp_path, "breaks", "kettle") as one:
        assert 1 == one.process.wait(PATIENCE)
        broke = next(line for line in one.lines() if line["event"] == "task.broke")
        assert "oven" == broke["task"]
        assert "LookupError: no gas" in broke["exception"]
        assert ["kettle stopped"] == one.said()


def test_every_line_names_its_process(tmp_path: Path) -> None:
    """Lines of several instances can be told apart where they meet."""
    with living(tmp_path, LOGI_INSTANCE="tea-7") as one:
        one.until({})
        one.process.send_signal(signal.SIGTERM)
        one.process.wait(DRAIN)
        assert {("tea", "tea-7")} == {(line["service"], line["instance"]) for line in one.lines()}
