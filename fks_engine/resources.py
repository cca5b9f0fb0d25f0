"""The files that travel with the engine, found in a checkout and in an installed wheel alike."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def sample_folder() -> Path:
    """The folder of small recordings that FKS brings along: in the package when installed, else in the checkout."""
    installed = _PACKAGE / "sample"
    return installed if installed.is_dir() else _PACKAGE.parent / "data" / "sample"
