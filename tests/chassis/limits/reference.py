"""GCRA once more, in the plainest Python there is: what the script is compared with."""

from chassis.limits import Policy


class Reference:
    """Takes from all policies or from none; time in microseconds."""

    def __init__(self) -> None:
        self.arrivals: dict[tuple[str, str], int] = {}

    def take(self, wanted: list[tuple[Policy, str]], now: int) -> list[tuple[bool, int]]:
        """(room, debt) of each policy after the decision."""
        debts = [max(0, self.arrivals.get((policy.name, key), now) - now) for policy, key in wanted]
        rooms = [debt + p.interval <= p.tolerance for debt, (p, _) in zip(debts, wanted, strict=True)]
        seen = []
        for debt, room, (policy, key) in zip(debts, rooms, wanted, strict=True):
            takes = room and not policy.afterwards and (all(rooms) or policy.counts_rejected)
            after = debt + policy.interval if takes else debt
            if takes:
                self.arrivals[policy.name, key] = now + after
            seen.append((room, after))
        return seen

    def charge(self, policy: Policy, key: str, now: int) -> None:
        debt = max(0, self.arrivals.get((policy.name, key), now) - now)
        self.arrivals[policy.name, key] = now + min(debt + policy.interval, policy.tolerance)
