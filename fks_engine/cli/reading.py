"""The settings and folders that a command line means."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.cli.arguments import Arguments
    from fks_engine.config import Folders, Settings


def read_settings(arguments: Arguments) -> tuple[Settings, Folders]:
    """The settings and folders this command line means. Raises ConfigError."""
    from fks_engine.config import load_settings  # pydantic: not for --help

    folders = find_folders(arguments)
    return load_settings(arguments.overrides, config_file=arguments.config_file), folders


def find_folders(arguments: Arguments) -> Folders:
    """The folders this command line means; settings that cannot be read do not keep an engine from being stopped."""
    from fks_engine.config import user_folders

    if arguments.home is not None:
        os.environ["FKS_HOME"] = str(arguments.home)
    return user_folders()
