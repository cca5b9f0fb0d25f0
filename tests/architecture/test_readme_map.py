"""The README's map is the tree."""

from __future__ import annotations

import pytest

from tests.architecture.readme_map import BEGIN, END, README, readme_map, replaced
from tests.architecture.source import Module, our_modules

PACKAGE = Module("fks_engine.risk", "fks_engine/risk/__init__.py", '"""The gate: what an order must pass."""')
MODULE = Module.planted("fks_engine.risk.checks", '"""Pure questions about one order.\n\nMore."""')


def test_the_readme_holds_the_map_of_the_docstrings() -> None:
    readme = README.read_text(encoding="utf-8")
    assert BEGIN in readme, f"put {BEGIN} and {END} into README.md where the map belongs, then run: make map"
    current = readme[readme.index(BEGIN) : readme.index(END) + len(END)]
    assert current == readme_map(our_modules()), "the map is not the tree; run: make map"


def test_a_package_comes_before_what_it_holds_and_only_it_is_a_landmark() -> None:
    landmarks, every = readme_map([MODULE, PACKAGE]).split("<details>")
    assert "risk/" in landmarks
    assert "checks" not in landmarks
    assert every.index("The gate: what an order must pass") < every.index("Pure questions about one order\n")


def test_the_map_is_written_between_its_markers_only() -> None:
    assert replaced(f"above\n{BEGIN}\nold\n{END}\nbelow", "new") == "above\nnew\nbelow"


def test_a_readme_without_markers_is_told() -> None:
    with pytest.raises(ValueError, match="put them where the map belongs"):
        replaced("nothing", "new")
