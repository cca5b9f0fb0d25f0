"""Import circles: hidden ones count, for a function-local import or one for types only hides a circle and ends none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.architecture.source import Module


def import_graph(modules: Iterable[Module]) -> Mapping[str, frozenset[str]]:
    """Each module and the modules it names in an import."""
    known = {module.name: module for module in modules}
    graph: dict[str, frozenset[str]] = {}
    for name, module in known.items():
        targets = {_nearest(taken.target, known) for taken in module.imports}
        graph[name] = frozenset(target for target in targets if target and target != name)
    return graph


def _nearest(target: str, known: Mapping[str, Module]) -> str | None:
    """The module that `target` is, or that it is a name of."""
    while target and target not in known:
        target = target.rpartition(".")[0]
    return target or None


def circles(modules: Iterable[Module]) -> list[str]:
    """One circle as `a -> b -> a`, if there is one; break it and ask again."""
    graph = {name: set(targets) for name, targets in import_graph(modules).items()}
    while ends := [name for name, targets in graph.items() if not targets & graph.keys()]:
        for name in ends:
            del graph[name]
    if not graph:
        return []
    walked = [min(graph)]
    while True:
        following = min(graph[walked[-1]] & graph.keys())
        if following in walked:
            circle = [*walked[walked.index(following) :], following]
            return [f"{' -> '.join(circle)}: let one of them take a protocol or a value instead"]
        walked.append(following)
