"""What a text points at exists: documents and decisions that code cites, and links between documents."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT

FOLDERS = (*PACKAGES, "bench", "tests", "web")
KINDS = {".py", ".sql", ".yaml", ".html", ".conf"}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = {int(path.name[:4]) for path in ROOT.glob("docs/decisions/0*.md")}
CITED = re.compile(r"(?<![\w{}*<>.…/-])[\w/-]+\.md\b")
DECISION = re.compile(r"\bADR (\d+)")
LINK = re.compile(r"\]\(([^)\s#\[]+)(?:#[^)\s]*)?\)")


def _sources() -> list[Path]:
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in KINDS)
    return sorted(path for path in found if path != Path(__file__))


def test_what_code_cites_exists() -> None:
    """A section that a docstring obeys can be looked up: its document is here, and so is its decision."""
    known = {path.name for path in DOCUMENTS} | {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
    lost = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in _sources()
        for text in (path.read_text(),)
        for name in [
            *(cited for cited in CITED.findall(text) if cited not in known),
            *(f"ADR {number}" for number in DECISION.findall(text) if int(number) not in DECISIONS),
        ]
    ]
    assert [] == lost


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    """Whoever follows a link between documents arrives."""
    links = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    assert [] == [link for link in links if not (document.parent / link).exists()]
