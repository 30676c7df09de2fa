"""All who wait in the lanes of one gate: how many, and who makes room for whom.

A queue that is full is still fair: whoever has fewer waiting than another takes the
place of the other's last one. So nobody fills it for all.
"""

from typing import Protocol

from chat.gate.waiter import Waiter, Who


class Holder(Protocol):
    """A lane, in which one waits."""

    def turn_away(self, waiter: Waiter) -> None:
        """Let `waiter` wait no longer: there is no room for it."""
        ...


class Crowd:
    """Of one event loop."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, dict[Waiter, Holder]]] = {}  # by client and user
        self._number = 0

    def __len__(self) -> int:
        return self._number

    def add(self, waiter: Waiter, holder: Holder) -> None:
        """One that Z.AI refused and that is set aside makes room for nobody."""
        self._number += 1
        if not waiter.due:
            users = self._of.setdefault(waiter.who.client, {})
            users.setdefault(waiter.who.user, {})[waiter] = holder

    def remove(self, waiter: Waiter) -> None:
        self._number -= 1
        who = waiter.who
        users = self._of.get(who.client, {})
        if users.get(who.user, {}).pop(waiter, None):
            if not users[who.user]:
                del users[who.user]
            if not users:
                del self._of[who.client]

    def make_room(self, who: Who) -> bool:
        """Turn away the last one of whoever has more waiting than `who` would have.

        That is the client with the most for its weight, and of it the user with the
        most; else a user of the same client. Returns whether there is one.
        """
        users, least = self._longest_client(who), 0
        if not users:
            users = self._of.get(who.client, {})
            least = len(users.get(who.user, ())) + 1
        longest: dict[Waiter, Holder] = max(users.values(), key=len, default={})
        if len(longest) <= least:
            return False
        waiter = next(reversed(longest))
        longest[waiter].turn_away(waiter)
        return True

    def _longest_client(self, who: Who) -> dict[str, dict[Waiter, Holder]]:
        """Return the users of the client that has the most waiting for its weight; none
        where no other has more than that of `who` would have."""
        most = (_count(self._of.get(who.client, {})) + 1) / who.weight
        longest: dict[str, dict[Waiter, Holder]] = {}
        for client, users in self._of.items():
            first = next(iter(next(iter(users.values()))))
            number = _count(users) / first.who.weight
            if client != who.client and number > most:
                most, longest = number, users
        return longest


def _count(users: dict[str, dict[Waiter, Holder]]) -> int:
    return sum(map(len, users.values()))
