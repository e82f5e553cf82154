"""Groups that grow together."""


class Unions:
    """Numbers from 0 to ``count - 1`` in groups, each alone at first (union-find with path halving)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def join(self, a: int, b: int) -> None:
        """Make the groups of ``a`` and ``b`` one."""
        first, second = self._root(a), self._root(b)
        self._parent[max(first, second)] = min(first, second)

    def numbers(self) -> list[int]:
        """The group of each number; groups are numbered in the order of their first members."""
        roots = [self._root(place) for place in range(len(self._parent))]
        order = {root: number for number, root in enumerate(dict.fromkeys(roots))}
        return [order[root] for root in roots]

    def members(self) -> list[list[int]]:
        """The members of each group, in order."""
        groups: list[list[int]] = []
        for place, number in enumerate(self.numbers()):
            if number == len(groups):
                groups.append([])
            groups[number].append(place)
        return groups

    def _root(self, place: int) -> int:
        while self._parent[place] != place:
            self._parent[place] = place = self._parent[self._parent[place]]
        return place
