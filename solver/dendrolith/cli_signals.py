"""The verbs of pressure and voltage: ``dendrolith decouple`` and ``dendrolith stages``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from dendrolith.cli_verbs import whole_number
from dendrolith.config.units import option_in_si
from dendrolith.core.errors import ConfigError

if TYPE_CHECKING:
    from dendrolith.traces.decouple.cell_facts import CellFacts
    from dendrolith.traces.signals import Signals


def add_decouple(verb: argparse.ArgumentParser) -> None:
    """Options of ``dendrolith decouple``."""
    _add_trace(verb)
    verb.add_argument("--cell", type=Path, required=True, metavar="YAML", help=_CELL)
    verb.add_argument(
        "--drift", default="0 Pa/s", metavar="RATE", help="of the pressure without any current"
    )
    verb.add_argument("--potential-error", default="10 mV", metavar="V", help="of U(x)")
    verb.add_argument("--resistance-error", type=_part, default=0.2, metavar="PART", help="of R")
    verb.add_argument(
        "--slope-error", type=_part, default=0.05, metavar="PART", help="of pressure per charge"
    )
    verb.add_argument(
        "--pressure-error", default="0 Pa", metavar="P", help="slow, such as that of a temperature"
    )
    verb.add_argument(
        "--calibrate",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="charge whose clean part gives the pressure per charge (default: 1)",
    )
    verb.add_argument(
        "--out",
        type=Path,
        metavar="FILE.csv",
        help="where to (default: decouple.csv in the run, or FILE.decouple.csv)",
    )


def add_stages(verb: argparse.ArgumentParser) -> None:
    """Options of ``dendrolith stages``."""
    _add_trace(verb)
    verb.add_argument("--cell", type=Path, metavar="YAML", help=_CELL)


_CELL = "input of study cell, or of a plating cell"


def _add_trace(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "trace",
        type=Path,
        metavar="RUN|FILE",
        help="run directory; or a text file with columns of time, current, pressure and voltage",
    )
    for name in ("time", "current", "pressure", "voltage"):
        verb.add_argument(f"--{name}", metavar="NAME", help="title or number of its column")
    verb.add_argument("--area", metavar="AREA", help="of the electrode, for a current in A")
    verb.add_argument(
        "--clean",
        default="0.05:0.25",
        metavar="FROM:TO",
        help="part of each charge that hides nothing, in parts of the charge that passed",
    )
    verb.add_argument("--json", action="store_true", help="for programs, in SI units")
    verb.add_argument("--plot", type=Path, metavar="FILE", help="draw it (PNG)")


def answer_decouple(options: argparse.Namespace) -> str:
    """What is hidden in a trace."""
    from dendrolith.traces.decouple import output
    from dendrolith.traces.decouple.cell_facts import ModelErrors
    from dendrolith.traces.decouple.decouple import decouple

    facts, signals = _facts(options.cell), _signals(options)
    volts = option_in_si("--potential-error", options.potential_error, "V", at_least=0)
    errors = ModelErrors(
        volts,
        resistance=options.resistance_error,
        slope=options.slope_error,
        pressure=option_in_si("--pressure-error", options.pressure_error, "Pa", at_least=0),
    )
    found = decouple(
        signals,
        facts,
        errors=errors,
        clean=_clean(options.clean),
        drift=option_in_si("--drift", options.drift, "Pa/s"),
        calibrated=options.calibrate,
    )
    beside = options.trace.with_suffix(".decouple.csv")
    table = options.out or (options.trace / "decouple.csv" if options.trace.is_dir() else beside)
    output.write_table(table, found)
    said = f"{output.text(found)}\n  table in {table}"
    if options.plot is not None:
        output.draw(options.plot, found)
        said += f"\n  picture in {options.plot}"
    return _as_json(output.as_dict(found)) if options.json else said


def answer_stages(options: argparse.Namespace) -> str:
    """The stages of a trace."""
    from dendrolith.traces.stages import output
    from dendrolith.traces.stages.labels import stages_of

    facts = None if options.cell is None else _facts(options.cell)
    found = stages_of(_signals(options), facts, _clean(options.clean))
    said = output.text(found)
    if options.plot is not None:
        output.draw(options.plot, found)
        said += f"\n  picture in {options.plot}"
    return _as_json(output.as_dict(found)) if options.json else said


def _as_json(found: object) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False)


def _signals(options: argparse.Namespace) -> Signals:
    from dendrolith.traces.signals import Named, read_signals

    area = None if options.area is None else option_in_si("--area", options.area, "m^2", above=0)
    named = Named(options.time, options.current, options.pressure, options.voltage, area)
    return read_signals(options.trace, named)


def _facts(path: Path) -> CellFacts:
    from dendrolith.studies.register import cell_facts_of

    return cell_facts_of(path)


def _part(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text}: must be between 0 and 1")
    return value


def _clean(text: str) -> tuple[float, float]:
    try:
        begin, end = (float(part) for part in text.split(":"))
    except ValueError:
        begin, end = 1.0, 0.0
    if not 0 <= begin < end <= 1:
        raise ConfigError(f"--clean: '{text}' is no part of a charge: write it like 0.05:0.25")
    return begin, end
