"""Fuzz one target by coverage, from the corpus that is kept beside this file.

An input that breaks it is written to the current folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

from . import TARGETS

CORPUS = Path(__file__).parent / "corpus"
SLOW = 1.0
"""Seconds of CPU that no input may take."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60, help="how long (60)")
    parser.add_argument("--seed", type=int, default=0, help="of chance; 0: another each time (0)")
    parser.add_argument("--grown", type=Path, help="a folder for inputs that reach new code")
    wanted = parser.parse_args()
    with atheris.instrument_imports(include=["opsplay"]):
        module = import_module(f".{TARGETS[wanted.target]}", __package__)
    target = getattr(module, wanted.target)

    def once(data: bytes) -> None:
        begun = time.process_time()
        target(data)
        if (took := time.process_time() - begun) > SLOW:
            raise TimeoutError(f"{wanted.target} took {took:.1f} s for {len(data)} bytes")

    # What is new goes to the first folder.
    folders = [wanted.grown or tempfile.mkdtemp(prefix="opsplay-fuzz-"), CORPUS / wanted.target]
    chosen = [f"-max_total_time={wanted.seconds}", f"-seed={wanted.seed}"]
    options = [*chosen, "-max_len=4096", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *map(str, folders), *options], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
