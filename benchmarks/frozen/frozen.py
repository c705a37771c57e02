"""Record the numbers of a few runs to the last bit, and compare another version with them.

    python benchmarks/frozen/frozen.py record FILE [--package NAME] [--only CASE ...]
    python benchmarks/frozen/frozen.py compare FILE [--only CASE ...]

A change that is to move no number records before and compares after. The record holds a sha256 of
each table and of each variable of the field output, for 1 and 2 ranks. It belongs to one
installation and its cache of compiled forms: another machine adds in another order.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import adios2

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
SMALL, STEPS = HERE / "small.yaml", "time.max_steps"
CASES: dict[str, tuple[Path, list[str]]] = {
    "quickstart": (CONFIGS / "quickstart.yaml", []),
    "published": (CONFIGS / "cao2023" / "pressure.yaml", [f"{STEPS}=60"]),
    "pores_3d": (CONFIGS / "cao2023" / "pores_3d.yaml", [f"{STEPS}=12"]),
    "bdf2": (SMALL, ["time.scheme=bdf2"]),
    "euler": (SMALL, ["time.scheme=backward_euler"]),
    "binary": (SMALL, ["ion_transport.transference_number=0.4",
                       "ion_transport.reference_concentration=1000 mol/m^3"]),
    "surface": (SMALL, ["pores.access=surface_transport",
                        "pores.surface_mobility=1e-19 m^5/(J s)"]),
    "noisy": (HERE / "noisy.yaml", []),
}  # fmt: skip


def digest(content: bytes) -> str:
    """The first digits of a sha256."""
    return hashlib.sha256(content).hexdigest()[:16]


def of_fields(path: Path) -> dict[str, str]:
    """A hash of each variable over all times and blocks."""
    found = {}
    with adios2.FileReader(str(path)) as source:
        for name in sorted(source.available_variables()):
            whole = hashlib.sha256()
            for step, blocks in enumerate(source.all_blocks_info(name)):
                for block in range(len(blocks) if isinstance(blocks, list) else 1):
                    values = source.read(name, block_id=block, step_selection=[step, 1])
                    whole.update(values.tobytes())
            found[f"{path.name}:{name}"] = whole.hexdigest()[:16]
    return found


def of_run(folder: Path) -> dict[str, str]:
    """A hash of each table and of each field of a run."""
    tables = {path.name: digest(path.read_bytes()) for path in sorted(folder.glob("*.csv"))}
    for path in sorted(folder.glob("fields/*.bp")):
        tables |= of_fields(path)
    return tables


def run(package: str, case: str, ranks: int) -> dict[str, str]:
    """Run a case and hash what it leaves."""
    config, overrides = CASES[case]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
        words = [word for override in overrides for word in ("--set", override)]
        subprocess.run(
            [*launcher, sys.executable, "-m", package, "run", str(config), "--out", str(out), "-q",
             *words], check=True,
        )  # fmt: skip
        return of_run(out)


def main() -> int:
    """Record or compare; returns 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=["record", "compare"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--package", default="dendrolith")
    parser.add_argument("--only", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--ranks", nargs="*", type=int, default=[1, 2])
    options = parser.parse_args()
    known = json.loads(options.file.read_text()) if options.file.exists() else {}
    differ = 0
    for case in options.only:
        for ranks in options.ranks:
            name, found = f"{case}-{ranks}", run(options.package, case, ranks)
            if options.verb == "record":
                known[name] = found
                options.file.write_text(json.dumps(known, indent=1))
                print(f"{name}: {len(found)} recorded", flush=True)
                continue
            wrong = sorted(key for key in known[name].keys() | found.keys()
                           if known[name].get(key) != found.get(key))  # fmt: skip
            differ += bool(wrong)
            said = f"differ: {', '.join(wrong)}" if wrong else f"{len(found)} equal to the last bit"
            print(f"{name}: {said}", flush=True)
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
