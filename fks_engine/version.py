"""The version of FKS that is installed."""

from __future__ import annotations

from functools import cache


@cache
def installed_version() -> str:
    """The version in the installed package's metadata; `unknown` where FKS runs without having been installed."""
    from importlib.metadata import PackageNotFoundError, version  # a tenth of a second, and few commands need it

    try:
        return version("fks")
    except PackageNotFoundError:
        return "unknown"
