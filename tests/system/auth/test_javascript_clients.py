"""Relying parties in JavaScript, made with two libraries that share no author's assumptions with us."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.auth.conftest import Town
from tests.system.auth.parties import COMPLETED
from tests.system.auth.visitor import Visitor

SCRIPTS = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts with the packages of their lock file beside them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("NOT PROVEN HERE: node and npm are missing, so no client in JavaScript was tried")
    folder = tmp_path_factory.mktemp("javascript") / "parties"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("node_modules"))
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=folder, check=True, timeout=90)
    return folder


async def converse(script: Path, given: str, visitor: Visitor) -> tuple[set[str], str]:
    """Runs a relying party and is its user; what it completed, and what it complained of."""
    pipe = asyncio.subprocess.PIPE
    party = await asyncio.create_subprocess_exec("node", str(script), given, stdin=pipe, stdout=pipe, stderr=pipe)
    assert party.stdin is not None
    assert party.stdout is not None
    assert party.stderr is not None
    completed: set[str] = set()
    async for line in party.stdout:
        said = json.loads(line)
        answer = {}
        if "visit" in said:
            answer = {"location": await visitor.visit(said["visit"])}
        elif "approve" in said:
            await visitor.approve(said["approve"])
        else:
            completed.add(said["done"])
        party.stdin.write(json.dumps(answer).encode() + b"\n")
    complaint = (await party.stderr.read()).decode()
    await party.wait()
    return completed, complaint


@pytest.mark.parametrize(("name", "script"), [("openid-client", "openid_client"), ("oauth4webapi", "oauth4webapi")])
async def test_a_library_completes_everything(
    town: Town, visitor: Visitor, installed: Path, name: str, script: str
) -> None:
    """Code + PKCE, refresh, device, client credentials, introspection, revocation, PAR, DPoP and logout."""
    given = json.dumps((await town.given(name)).as_dict())
    completed, complaint = await converse(installed / f"{script}.mjs", given, visitor)
    assert (COMPLETED[name], "") == (completed, complaint)
