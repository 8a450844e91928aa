"""Settings: read once from the environment, every fault told in one message, secrets told nowhere."""

from datetime import timedelta

import msgspec
import pytest

from chassis import settings
from chassis.settings import Base, Secret, SettingsInvalid

ENOUGH = {
    "LOGI_ISSUER": "http://localhost:8000",
    "LOGI_NATS_URL": "nats://127.0.0.1:4222",
    "LOGI_HEALTH_PORT": "9000",
}


class Kitchen(Base, frozen=True, kw_only=True):
    """A process's own settings beside those of all."""

    oven_key: Secret | None = None
    rest: timedelta = timedelta(minutes=1)
    cups: tuple[str, ...] = ()
    sizes: list[int] = []
    gas: bool = False


def test_fields_come_from_variables() -> None:
    """Field `nats_url` is LOGI_NATS_URL, converted to the type that the field declares."""
    read = settings.load(Kitchen, {**ENOUGH, "LOGI_TRACE_RATIO": "0.5", "LOGI_GAS": "true"})
    assert ("nats://127.0.0.1:4222", 9000, 0.5, True) == (read.nats_url, read.health_port, read.trace_ratio, read.gas)


def test_defaults_hold_where_nothing_is_said() -> None:
    """An absent variable and an empty one leave the default, which is the one for production."""
    read = settings.load(Kitchen, {**ENOUGH, "LOGI_REST": "", "LOGI_LOG_LEVEL": ""})
    assert (timedelta(minutes=1), "info", "production") == (read.rest, read.log_level, read.environment)


def test_every_bad_variable_is_named_at_once() -> None:
    """Whoever sets a process up learns of all faults by one start, not by one start each."""
    wrong = {"LOGI_NATS_URL": "", "LOGI_HEALTH_PORT": "many", "LOGI_LOG_LEVEL": "loud", "LOGI_REST": "a while"}
    with pytest.raises(SettingsInvalid) as told:
        settings.load(Kitchen, wrong)
    named = [part.replace(":", " ").split(" ")[0] for part in str(told.value).split("; ")]
    assert ["LOGI_HEALTH_PORT", "LOGI_ISSUER", "LOGI_LOG_LEVEL", "LOGI_NATS_URL", "LOGI_REST"] == sorted(named)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("10s", timedelta(seconds=10)),
        ("1.5s", timedelta(seconds=1.5)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(days=1)),
        ("30d", timedelta(days=30)),
    ],
)
def test_durations(written: str, meant: timedelta) -> None:
    """A duration is a number with its unit."""
    assert meant == settings.load(Kitchen, {**ENOUGH, "LOGI_REST": written}).rest


@pytest.mark.parametrize("written", ["10", "s", "-1s", "10 s", "1h30m", "PT10S"])
def test_no_duration_is_guessed(written: str) -> None:
    """A number without a unit is refused: nobody agrees on which one was meant."""
    with pytest.raises(SettingsInvalid, match="LOGI_REST"):
        settings.load(Kitchen, {**ENOUGH, "LOGI_REST": written})


def test_lists_are_parted_by_commas() -> None:
    """Space around the parts and empty parts do not count; the parts have the declared type."""
    read = settings.load(Kitchen, {**ENOUGH, "LOGI_CUPS": "red, blue,,", "LOGI_SIZES": "1,2"})
    assert (("red", "blue"), [1, 2]) == (read.cups, read.sizes)


def test_secrets_are_secret() -> None:
    """A secret shows in no representation of itself or of the settings around it."""
    read = settings.load(Kitchen, {**ENOUGH, "LOGI_OVEN_KEY": "sesame"})
    assert "sesame" == (read.oven_key or Secret("")).reveal()
    for shown in (repr(read), str(read.oven_key), f"{read.oven_key}", f"{read.oven_key!r}"):
        assert "sesame" not in shown


def test_a_bad_secret_is_not_told() -> None:
    """The message about other faults does not tell what the secret was."""
    with pytest.raises(SettingsInvalid) as told:
        settings.load(Kitchen, {**ENOUGH, "LOGI_OVEN_KEY": "sesame", "LOGI_HEALTH_PORT": "x"})
    assert "sesame" not in str(told.value)


def test_secrets_compare_by_value() -> None:
    """Two secrets are equal when what they hide is, and a secret is equal to no plain text."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert 1 == len({Secret("a"), Secret("a")})


def test_a_secret_is_not_encoded_by_accident() -> None:
    """What would write settings out, say into a log line, fails instead of telling."""
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": Secret("sesame")})


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8001",
        "https://console.example",
        "http://console.example/",
        "http://a@console.example",
        "console.example",
    ],
)
def test_the_console_has_a_host_of_its_own_or_none(origin: str) -> None:
    """Cookies know no ports and, over https, another name: an origin that would share them, or is none, is refused."""
    with pytest.raises(SettingsInvalid, match="LOGI_CONSOLE_ORIGIN"):
        settings.load(Kitchen, {**ENOUGH, "LOGI_CONSOLE_ORIGIN": origin})
    settings.load(Kitchen, {**ENOUGH, "LOGI_CONSOLE_ORIGIN": "http://127.0.0.1:8000"})
