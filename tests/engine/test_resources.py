"""The files that travel with the engine."""

from __future__ import annotations

from fks_engine.resources import sample_folder


def test_the_sample_folder_is_found_in_a_checkout() -> None:
    assert sample_folder().is_dir()
    assert sample_folder().parts[-2:] == ("data", "sample")
