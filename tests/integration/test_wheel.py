"""A wheel built from this tree works in an empty environment, from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_INDEX = ("NameResolutionError", "NewConnectionError", "ConnectTimeoutError", "ProxyError")
"""What pip says when no package index can be reached."""
NEEDED_BEFORE_THE_FIRST_ORDER = ("fks_tui/fks.tcss", "fks_tui/__main__.py", "fks_engine/simulator/__main__.py")

pytestmark = pytest.mark.timeout(420)


def run(command: Sequence[str | Path], folder: Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command outside the checkout, with no Python path and no settings of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FKS_", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=kept | {"FKS_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree by the same backend that pip would use."""
    folder = tmp_path_factory.mktemp("wheel")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        ROOT,
    ]
    built = run(command, folder, timeout_s=120)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("fks-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment that holds the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "env", with_pip=True)
    binaries = folder / "env" / "bin"
    command: list[str | Path] = [
        binaries / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        wheel,
    ]
    ended = run(command, folder, timeout_s=300)
    if ended.returncode and any(sign in ended.stderr for sign in NO_INDEX):
        pytest.skip("no package index can be reached, so nothing can be installed into an empty environment")
    assert ended.returncode == 0, ended.stderr
    return binaries


def test_the_wheel_holds_the_stylesheet_and_the_sample_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    for name in NEEDED_BEFORE_THE_FIRST_ORDER:
        assert sizes.get(name), f"{name} is missing from the wheel or empty"
    for path in (ROOT / "data" / "sample").glob("[!.]*"):
        assert sizes.get(f"fks_engine/sample/{path.name}") == path.stat().st_size


def test_the_wheel_holds_every_module_and_no_test(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.endswith(".py")}
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("fks_engine", "fks_tui")
        for path in (ROOT / package).rglob("*.py")
    }
    assert names == modules


FINDS_ITS_FILES = (
    "from fks_tui.app import DeskApp; from fks_engine.resources import sample_folder; from pathlib import Path; "
    "import inspect; paths = DeskApp.CSS_PATH if isinstance(DeskApp.CSS_PATH, list) else [DeskApp.CSS_PATH]; "
    "base = Path(inspect.getfile(DeskApp)).parent; "
    "print(all((base / path).stat().st_size for path in paths), sample_folder().is_dir(), sample_folder())"
)
IMPORTS = "import fks_engine.cli, fks_engine.engine, fks_engine.exchange, fks_engine.simulator.__main__"


def test_what_is_installed_works_alone(installed: Path, tmp_path: Path) -> None:
    """One test, for two workers would each install all of it."""
    commands: list[tuple[str, list[str | Path]]] = [
        ("0.1.0", [installed / "fks", "--version"]),
        ("doctor", [installed / "fks", "doctor", "--help"]),
        ("--seed", [installed / "fks", "sim", "--help"]),
        (f"True True {installed.parent}", [installed / "python", "-c", FINDS_ITS_FILES]),
        ("", [installed / "python", "-c", IMPORTS]),
    ]
    for said, command in commands:
        ended = run(command, tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert said in ended.stdout
