"""The verb ``dendrolith impedance``: the small-signal response of a saved state, on all ranks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dendrolith.config.load import load_section
from dendrolith.config.units import UnitError, to_si
from dendrolith.core.errors import ConfigError
from dendrolith.physics.impedance import SmallSignal

if TYPE_CHECKING:
    from dendrolith.cli_sweep import Adder


def add_impedance_verbs(add: Adder) -> None:
    """The verbs of spectra."""
    words = "impedance of a saved state of a plating run: spectrum, test, pictures; also on ranks"
    _add_impedance(add("impedance", answer_impedance, words))


def _add_impedance(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("run", type=Path, metavar="RUN", help="directory of a plating run")
    verb.add_argument(
        "--at", metavar="TIME", help="an output time, as '12 s' (default: the newest checkpoint)"
    )
    verb.add_argument("--label", metavar="NAME", help="of its files (default: the time)")
    verb.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="key=value",
        help="what the input of the run lacks, for example double_layer='0.05 F/m^2'; keys: "
        + ", ".join(SmallSignal.__dataclass_fields__),
    )
    verb.set_defaults(verbosity=-1)


def answer_impedance(options: argparse.Namespace) -> str:
    """Spectrum of a saved state (collective); returns what was found."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    law, time = load_section(SmallSignal, options.overrides), _seconds(options.at)
    from dendrolith.core.compiled import prepare_cache
    from dendrolith.impedance.measure import measure

    prepare_cache(comm)
    return measure(options.run, time, options.label, law, comm)


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else to_si(text, "s")
    except UnitError as error:
        raise ConfigError([f"--at '{text}' {error}"]) from None
