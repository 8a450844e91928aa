"""Looks at the machine's processes: who descends from whom, and who still runs."""

import subprocess


def family(ancestor: int | None) -> dict[int, str]:
    """The command lines of a process and of all that descend from it, by process id."""
    table = _table()
    found = {ancestor: table[ancestor][2]} if ancestor in table else {}
    for pid, (parent, _, line) in sorted(table.items()):
        if parent in found:
            found[pid] = line
    return found


def alive(processes: dict[int, str]) -> list[str]:
    """Those of `processes` that still run, as the same program."""
    table = _table()
    return [line for pid, line in processes.items() if pid in table and table[pid][1:] == ("", line)]


def _table() -> dict[int, tuple[int, str, str]]:
    """By process id: its parent, "Z" where it is dead and not yet collected, its command line."""
    listed = subprocess.run(
        ["ps", "-wweo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 3) for line in listed.splitlines()]
    return {int(row[0]): (int(row[1]), "Z" if row[2].startswith("Z") else "", row[3]) for row in rows if len(row) == 4}
