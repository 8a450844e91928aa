"""Who has been told that a key is revoked, never sees it count again."""

import httpx

from tests.system.stack import Stack

TIMES = 40


async def test_no_answer_overtakes_a_revocation(open_stack: Stack) -> None:
    """A key that the gateway remembers is revoked, and the next request with it is refused: forty times in turn."""
    operator = {"authorization": f"Bearer {open_stack.credentials['operator_pak']}"}
    answers = []
    async with httpx.AsyncClient(base_url=open_stack.issuer, timeout=30) as http:
        for number in range(TIMES):
            wish = {"name": f"short-lived {number}", "scopes": ["profile:write"]}
            made = await http.post("/api/v1/me/api_keys", headers=operator, json=wish)
            assert made.status_code == 201, made.text
            key = {"authorization": f"Bearer {made.json()['key']}"}
            before = [(await http.get("/api/v1/me", headers=key)).status_code for _ in range(2)]
            gone = await http.delete(f"/api/v1/me/api_keys/{made.json()['id']}", headers=operator)
            after = (await http.get("/api/v1/me", headers=key)).status_code
            answers.append((*before, gone.status_code, after))
    assert [(200, 200, 204, 401)] * TIMES == answers
