"""The producer's ledger: a line before each change and one after its commit, which no kill takes back."""

import os
from pathlib import Path


class Journal:
    """Appended to, one write for each line, so that a line is there whole or not at all."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def intends(self, number: int) -> None:
        os.write(self._fd, f"{number} intended\n".encode())

    def acknowledged(self, number: int) -> None:
        os.write(self._fd, f"{number} acknowledged\n".encode())

    def ended(self) -> None:
        os.write(self._fd, b"0 ended\n")


def read(file: Path) -> dict[str, set[int]]:
    """The numbers by what was noted of them."""
    found: dict[str, set[int]] = {"intended": set(), "acknowledged": set(), "ended": set()}
    if file.exists():
        for line in file.read_text().splitlines():
            number, _, what = line.partition(" ")
            found[what].add(int(number))
    return found
