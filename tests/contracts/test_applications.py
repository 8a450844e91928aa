"""When an application is served: the table of registry.md section 6, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.applications import Application, RedirectUri, Status, UriClass, UriState

NOW = datetime(2026, 5, 11, tzinfo=UTC)
URI = "https://rp.example.com/cb"
STATUSES: tuple[Status, ...] = ("sandbox", "pending", "approved", "changes_requested", "rejected", "suspended")


def an_app(uri_class: UriClass = "production", state: UriState = "active", **changes: Any) -> Application:
    return Application(
        **{
            "id": 1,
            "client_id": "logi_x",
            "version": 1,
            "name": "Shop",
            "client_type": "confidential",
            "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": (RedirectUri(uri=URI, uri_class=uri_class, state=state),),
            "allowed_scopes": ("openid",),
            "status": "approved",
            "created_at": NOW,
            "updated_at": NOW,
            **changes,
        }
    )


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("uri_class", ["dev_local", "dev_internet"])
def test_development_needs_no_promotion(status: Status, uri_class: UriClass) -> None:
    """A URI for development serves in every status but suspended."""
    assert (status != "suspended") == an_app(uri_class, status=status).serves(URI)


@pytest.mark.parametrize("status", STATUSES)
def test_production_needs_approval(status: Status) -> None:
    """A production URI serves an approved app alone."""
    assert (status == "approved") == an_app("production", status=status).serves(URI)


def test_a_uri_under_review_waits() -> None:
    """One that was added to an approved app serves once it was looked at."""
    assert not an_app("production", "pending_review").serves(URI)


@pytest.mark.parametrize("uri", [f"{URI}/", f"{URI}?x", "https://RP.example.com/cb", "", "https://rp.example.com"])
def test_uris_are_compared_byte_for_byte(uri: str) -> None:
    """What is not registered exactly so is not registered."""
    assert not an_app().serves(uri)


@pytest.mark.parametrize("status", STATUSES)
def test_a_hard_flag_stops_all_until_review(status: Status) -> None:
    """An app under a hard risk flag is of no use before somebody approved it."""
    assert (status == "approved") == an_app("dev_local", status=status, hard_flagged=True).usable


@pytest.mark.parametrize("status", STATUSES)
def test_a_deleted_app_serves_nothing(status: Status) -> None:
    """Whatever its status was."""
    gone = an_app("dev_local", status=status, deleted_at=NOW)
    assert (False, False) == (gone.usable, gone.serves(URI))


@pytest.mark.parametrize("status", STATUSES)
def test_tokens_are_short_lived_before_promotion(status: Status) -> None:
    """Only an approved app gets the normal lifetimes."""
    assert (status != "approved") == an_app(status=status).short_lived
