"""What is built holds all that lies in the three folders, and runs where it is installed."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INGREDIENTS = ("pyproject.toml", "README.md", "LICENSE", "src", "runner", "tasks", "schema")


def contents() -> set[str]:
    """Name every file that must be delivered, as it is called inside the package."""
    package = ROOT / "src" / "opsplay"
    own = [file.relative_to(package) for file in package.iterdir() if file.is_file()]
    linked = [
        file.relative_to(ROOT)
        for folder in ("runner", "tasks", "schema")
        for file in (ROOT / folder).rglob("*.*")
        if file.suffix in {".py", ".json"}
    ]
    return {f"opsplay/{file}" for file in (*own, *linked)}


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program that sees nothing of ours, and that has its home where it works."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(kind: str, tree: Path, out: Path) -> Path:
    """Build a `wheel` or an `sdist` as pip does, with the setuptools that is at hand."""
    code = f"import sys; from setuptools import build_meta; build_meta.build_{kind}(sys.argv[1])"
    run(sys.executable, "-c", code, out, cwd=tree)
    return next(out.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the sources, so that building leaves nothing behind in them."""
    copy = tmp_path_factory.mktemp("tree")
    for name in INGREDIENTS:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tree, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the sdist, as pip does for who has no wheel."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    run("tar", "-xf", sdist, cwd=unpacked)
    return build("wheel", next(unpacked.iterdir()), tmp_path_factory.mktemp("wheel"))


def test_the_sdist_holds_every_file(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/src/")[2] for name in archive.getnames()}
        links = [member.name for member in archive if member.issym()]
    assert contents() <= names
    assert links == []


def test_a_wheel_from_the_sdist_holds_every_file_and_nothing_beside_the_package(
    wheel: Path,
) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == contents()


def test_a_wheel_from_the_tree_holds_the_same(tree: Path, wheel: Path, tmp_path: Path) -> None:
    direct = build("wheel", tree, tmp_path)
    assert sorted(zipfile.ZipFile(direct).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_installed_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    install(wheel, tmp_path / "venv", home=tmp_path)
    version = run(tmp_path / "venv/bin/opsplay", "--version", cwd=tmp_path)
    assert wheel.name.split("-")[1] in version


def install(wheel: Path, folder: Path, home: Path) -> None:
    """Install into an environment of its own that borrows the dependencies from ours."""
    venv.create(folder, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin/python")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=home)
    # The .pth files of a borrowed folder are not read: the link to our sources is none here.
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
