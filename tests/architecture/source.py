"""The project's Python files as syntax trees, and what each of them imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUR_PACKAGES = ("fks_engine", "fks_tui")


@dataclass(frozen=True)
class Import:
    """One name that a module takes from elsewhere."""

    target: str
    """Dotted: `ccxt.pro`, or `fks_engine.model.Order` for `from fks_engine.model import Order`."""
    line: int


@dataclass(frozen=True)
class Module:
    """One Python file."""

    name: str
    """Dotted; a package's `__init__.py` bears the package's name."""
    path: str
    """Relative to the project's root."""
    text: str

    @classmethod
    def planted(cls, name: str, text: str) -> Module:
        """A module that exists only to break a rule."""
        return cls(name, name.replace(".", "/") + ".py", text)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def is_package(self) -> bool:
        """True for an `__init__.py`."""
        return self.path.endswith("__init__.py")

    @property
    def is_test(self) -> bool:
        """True for everything under tests/."""
        return self.name.partition(".")[0] == "tests"

    @cached_property
    def imports(self) -> Sequence[Import]:
        """Every import: at the top, in a function, and for types only."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[Import]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                yield from (Import(f"{origin}.{alias.name}", node.lineno) for alias in node.names)
            elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"} and node.args:
                named = node.args[0]
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    yield Import(named.value, node.lineno)

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        here = self.name.split(".")
        above = here[: len(here) - node.level + self.is_package]
        return ".".join([*above, *([node.module] if node.module else [])])

    def at(self, line: int, problem: str) -> str:
        """One violation as an editor understands it."""
        return f"{self.path}:{line}: {problem}"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@cache
def project_modules() -> tuple[Module, ...]:
    """Every Python file of the two packages and of the tests."""
    return tuple(_read(path) for folder in (*OUR_PACKAGES, "tests") for path in sorted((ROOT / folder).rglob("*.py")))


def our_modules() -> tuple[Module, ...]:
    """Every Python file that is shipped."""
    return tuple(module for module in project_modules() if not module.is_test)


def _read(path: Path) -> Module:
    relative = path.relative_to(ROOT)
    parts = relative.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, relative.as_posix(), path.read_text(encoding="utf-8"))


def report(violations: Sequence[str]) -> str:
    """Violations as the text of a failed assertion."""
    return "\n" + "\n".join(sorted(set(violations)))
