"""Each one-time thing of auth.md has a test that uses it several times at once, in which it counts once."""

import re
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parents[1]

ONCE: Final = {
    "authorization code": "token/test_code.py::test_code_replay_of_twenty_at_once_one_wins_and_the_family_dies",
    "refresh token": "token/test_refresh.py::test_of_parallel_refreshes_over_two_processes_one_wins",
    "pushed request": "par/test_par.py::test_one_time_tokens_used_twice_a_request_uri",
    "pushed request in the widget": "widget/test_widget.py::test_what_an_app_has_pushed",
    "pushed request under a picture": "qr/test_beginnings.py::test_what_an_app_has_pushed",
    "pushed request in native consent": "native_consent/test_native_consent.py::test_what_an_app_has_pushed",
    "consent": "authorize/test_consent.py::test_a_consent_page_works_once",
    "device code": "device/test_device_grant.py::test_one_time_tokens_used_twice_a_device_code",
    "user code": "attacks/test_used_at_once.py::test_a_user_code_is_decided_once",
    "client assertion": "clients/test_private_key_jwt.py::test_replay_of_an_assertion",
    "DPoP proof": "dpop/test_dpop.py::test_replay_of_a_proof",
    "scan of a picture": "qr/test_qr.py::test_races",
    "approval of a picture": "qr/test_qr.py::test_a_picture_works_once",
    "widget's code": "widget/test_widget.py::test_without_cookies_to_a_code",
    "upstream state": "upstream/test_attacks.py::test_a_state_is_good_once",
    "first sign-in at a provider": "upstream/test_attacks.py::test_first_sign_ins_at_once_make_one_account",
    "hand-off": "handoff/test_handoff.py::test_replay_a_token_opens_one_session",
    "link that proves an address": "accounts/test_sign_up.py::test_twenty_at_once_one_wins",
    "link that changes an address": "email_change/test_email_change.py::test_two_who_prove_the_same_address",
    "link that resets a password": "reset/test_reset.py::test_a_link_is_good_once",
    "ask in the letterbox": "letterbox/test_letterbox.py::test_several_clerks_do_it_once",
    "one-time code": "factors/test_second_factor.py::test_a_code_counts_once",
    "one-time code at two doors": "attacks/test_used_at_once.py::test_a_one_time_code_at_two_doors",
    "one-time code that enrols": "totp/test_enrolment.py::test_confirmed_once",
    "one-time code of a step-up": "step_up/test_step_up.py::test_two_step_ups_at_once",
    "mailed code of a step-up": "step_up/test_step_up.py::test_a_mailed_code_counts_once",
    "backup code": "factors/test_second_factor.py::test_a_half_sign_in_counts_once",
    "set of backup codes": "attacks/test_used_at_once.py::test_new_backup_codes_at_once_are_ten",
    "half sign-in": "factors/test_second_factor.py::test_a_half_sign_in_counts_once",
    "passkey challenge of a sign-in": "passkeys/test_passkeys.py::test_a_challenge_counts_once_and_in_its_browser",
    "passkey challenge of an enrolment": "passkeys/test_passkeys.py::test_one_answer_makes_one_passkey",
    "passkey challenge of a step-up": "attacks/test_used_at_once.py::test_a_passkey_challenge_of_a_step_up",
    "passkey challenge of a second factor": "attacks/test_used_at_once.py::test_a_passkey_challenge_of_a_second_factor",
    "merge token": "merging/test_proofs.py::test_a_session_token_used_by_ten_at_once_counts_once",
    "merge token's key": "attacks/test_used_at_once.py::test_a_merge_token_is_made_once_for_its_key",
    "merge code": "merging/test_second_factor.py::test_its_code_counts_once",
    "merge": "merging/test_merge.py::test_ten_at_once_merge_once",
    "first launch of a device": "anonymous/test_devices.py::test_ten_launches_at_once_begin_one_account",
    "key of a device": "attacks/test_used_at_once.py::test_a_device_holds_one_key",
    "promotion": "anonymous/test_identities.py::test_of_two_who_attach_the_same_identity_one_gets_it",
    "swap": "anonymous/test_identities.py::test_five_swaps_at_once_fold_once",
    "disconnection": "connected_apps/test_connected_apps.py::test_ten_at_once_announce_once",
    "deletion": "deletion/test_deletion.py::test_two_at_once_close_once",
    "offer to keep a closed account": "deletion/test_deletion.py::test_its_owner_brings_it_back",
}
"""Where it is tried; whoever adds a one-time thing adds its test here."""


@pytest.mark.parametrize("thing", ONCE)
def test_it_is_tried(thing: str) -> None:
    """The test that is named exists, and does something at once."""
    file, _, name = ONCE[thing].partition("::")
    parts = re.split(r"(?m)^(?:async )?def ", (HERE / file).read_text())
    (body,) = [part for part in parts if part.startswith(f"{name}(")]
    assert "gather(" in body
