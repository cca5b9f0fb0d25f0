"""Writes the README's map of the code from the module docstrings: python -m tests.architecture.readme_map --write."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

from tests.architecture.layers import MAY_IMPORT, part_of_module
from tests.architecture.source import ROOT, Module, our_modules

README = ROOT / "README.md"
BEGIN, END = "<!-- map -->", "<!-- /map -->"


def first_line(module: Module) -> str:
    """The docstring's first line, without its full stop."""
    docstring = ast.get_docstring(module.tree) or ""
    return docstring.partition("\n")[0].strip().removesuffix(".")


def readme_map(modules: Iterable[Module]) -> str:
    """The map: first the folders and single modules, then, folded away, every module."""
    ordered = sorted(modules, key=_place)
    return "\n".join(
        [
            BEGIN,
            "```text",
            *_lines(module for module in ordered if _is_landmark(module)),
            "```",
            "",
            "<details><summary>Every module</summary>",
            "",
            "```text",
            *_lines(ordered),
            "```",
            "",
            "</details>",
            END,
        ]
    )


def _is_landmark(module: Module) -> bool:
    return module.is_package or module.name.count(".") == 1


def _place(module: Module) -> tuple[int, bool, int, str]:
    """Packages before what they hold, parts in the order of the import table, modules by name."""
    package = module.name.partition(".")[0]
    part = part_of_module(module.name) or module.name
    order = list(MAY_IMPORT)
    return (order.index(package), module.name != package, order.index(part) if part in order else 0, module.name)


def _lines(modules: Iterable[Module]) -> Iterator[str]:
    for module in modules:
        depth = module.name.count(".")
        shown = module.name.rpartition(".")[2] + ("/" if module.is_package else "")
        yield f"{'  ' * depth + shown:<22} {first_line(module)}".rstrip()


def replaced(readme: str, written: str) -> str:
    """The README with a new map between its markers. Raises ValueError when it has no markers."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN} and {END}; put them where the map belongs")
    return before + written + after


def main() -> int:
    """Write the map, or print it when --write is not given."""
    written = readme_map(our_modules())
    if "--write" not in sys.argv[1:]:
        print(written)
        return 0
    README.write_text(replaced(README.read_text(encoding="utf-8"), written), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
