"""The verb ``dendrolith impedance``: the small-signal response of a saved state, on all ranks."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dendrolith.cli_options import add_overrides
from dendrolith.config.load import load_section
from dendrolith.config.units import option_in_si
from dendrolith.core.errors import ConfigError
from dendrolith.physics.equivalent_circuit import ENDS
from dendrolith.physics.impedance import SmallSignal
from dendrolith.traces.spectra.spectrum import AREAL

if TYPE_CHECKING:
    from dendrolith.cli_sweep import Adder
    from dendrolith.traces.decouple.bridge import BridgeReading
    from dendrolith.traces.spectra.estimate import Estimate

OF_TRACES = ("cell", "at")
OF_SPECTRA = ("bridged", "arcs", "end", "free", "leads", "gap", "plot")
FILAMENT = ("resistivity", "mean_free_product", "specularity", "reflection", "molar_volume")


def add_impedance_verbs(add: Adder) -> None:
    """The verbs of spectra."""
    words = "impedance of a saved state of a plating run: spectrum, test, pictures; also on ranks"
    _add_impedance(add("impedance", answer_impedance, words))
    words = "fit circuits to spectra: the resistance of a soft short, and the size of its filaments"
    _add_spectra(add("spectra", answer_spectra, words))


def _add_impedance(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("run", type=Path, metavar="RUN", help="directory of a plating run")
    verb.add_argument(
        "--at", metavar="TIME", help="an output time, as '12 s' (default: the newest checkpoint)"
    )
    verb.add_argument("--label", metavar="NAME", help="of its files (default: the time)")
    verb.add_argument(
        "--in", dest="unit", choices=["ohm_m2", "ohm"], default="ohm_m2", help="per area, or ohm"
    )
    verb.add_argument(
        "--area", metavar="A", help="of the electrode for ohm (default: that of a 3-D cell)"
    )
    words = "what the input of the run lacks, for example double_layer='0.05 F/m^2'; keys: "
    add_overrides(verb, words + ", ".join(field.name for field in fields(SmallSignal)))
    verb.set_defaults(verbosity=-1)


def _add_spectra(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="table of one spectrum; with two: before and after the bridge",
    )
    verb.add_argument(
        "--trace", type=Path, metavar="RUN|FILE", help="voltage and current: R_e of these, too"
    )
    verb.add_argument("--cell", type=Path, metavar="YAML", help="input of the cell of the trace")
    verb.add_argument("--at", metavar="TIME", help="of the trace (default: where R_e is clearest)")
    verb.add_argument("--bridged", action="store_true", help="the only spectrum has a bridge")
    verb.add_argument("--arcs", type=int, choices=[1, 2, 3], help="of the circuit (default: found)")
    verb.add_argument("--end", choices=list(ENDS), help="at low frequency (default: found)")
    verb.add_argument(
        "--free",
        action="append",
        default=[],
        metavar="NAME",
        help="parameter that may differ after the bridge, for example R_ion",
    )
    verb.add_argument("--leads", metavar="R", help="of the spectra, as '2 Ohm': taken off them")
    verb.add_argument("--gap", action="store_true", help="the bridge is interrupted")
    verb.add_argument("--length", metavar="L", help="of the filaments, as '800 um': gives sizes")
    verb.add_argument("--area", metavar="A", help="of the electrode, as '0.32 cm^2'")
    verb.add_argument("--current", metavar="I", help="of the cell, as '63 uA': gives a lifetime")
    add_overrides(verb, "of the filaments: " + ", ".join(FILAMENT))
    verb.add_argument("--json", action="store_true", help="for programs, in SI units")
    verb.add_argument("--plot", type=Path, metavar="FILE", help="draw spectra and fits (PNG)")


def answer_spectra(options: argparse.Namespace) -> str:
    """Circuit, bridge and filaments of spectra; the bridge of a trace; both compared."""
    from dendrolith.traces.spectra.filament import Filament
    from dendrolith.traces.spectra.size import size_of

    if not options.files and options.trace is None:
        raise ConfigError("give a spectrum, two (before and after the bridge), or a --trace")
    if len(options.files) > 2:
        raise ConfigError("give one spectrum, or two: before and after the bridge")
    _refuse_idle(options)
    area, current = (_si(options, *what) for what in (("area", "m^2"), ("current", "A")))
    laws = [load_section(Filament, changes) for changes in _filaments(options)]
    traces, fits = _by_trace(options), _by_spectra(options)
    bridges = [(fit.bridge, fit.spectra[0].unit) for fit in fits if fit.bridge is not None]
    compared = [reading.compared(*each, area) for reading in traces for each in bridges]
    bridges += [(reading.bridge, AREAL) for reading in traces if not fits]
    sizes = [size_of(*each, law, area, current) for law in laws for each in bridges]
    pictures = []
    if options.plot is not None:
        from dendrolith.traces.spectra.picture import draw_fit

        for fit in fits:
            draw_fit(options.plot, fit, sizes[0] if sizes else None)
            pictures.append(f"  picture in {options.plot}")
    if options.json:
        said: dict[str, Any] = {key: v for fit in fits for key, v in fit.as_dict().items()}
        said |= {"traces": [reading.as_dict() for reading in traces]}
        said |= {"filaments": [size.as_dict() for size in sizes]}
        return json.dumps(said, indent=2, ensure_ascii=False)
    return "\n".join([*map(str, [*traces, *fits]), *compared, *map(str, sizes), *pictures])


def _refuse_idle(options: argparse.Namespace) -> None:
    """Refuse what would do nothing.

    Raises:
        ConfigError: something is said of a trace or of spectra that are not there.
    """
    for names, there, why in (
        (OF_TRACES, options.trace is not None, "belongs to a trace: give --trace as well"),
        (OF_SPECTRA, bool(options.files), "belongs to spectra: give one, or two"),
    ):
        for name in names:
            if getattr(options, name) and not there:
                raise ConfigError(f"--{name}: {why}")


def _by_trace(options: argparse.Namespace) -> list[BridgeReading]:
    """The bridge of the trace; empty without one.

    Raises:
        ConfigError: its cell is not given.
    """
    from dendrolith.studies.register import cell_facts_of
    from dendrolith.traces.decouple.bridge import bridge_course
    from dendrolith.traces.signals import Named, read_signals

    if options.trace is None:
        return []
    if options.cell is None:
        raise ConfigError("--trace: needs the cell's U(x) and resistance: give --cell YAML")
    named = Named(area=_si(options, "area", "m^2"))
    course = bridge_course(read_signals(options.trace, named), cell_facts_of(options.cell))
    beside = options.trace.with_suffix(".bridge.csv")
    course.write(options.trace / "bridge.csv" if options.trace.is_dir() else beside)
    return [course.at(_si(options, "at", "s"))]


def _by_spectra(options: argparse.Namespace) -> list[Estimate]:
    """What the spectra say; empty without any."""
    from dendrolith.traces.spectra.estimate import Choice, estimate
    from dendrolith.traces.spectra.reading import read_spectrum

    if not options.files:
        return []
    own, gap = tuple(options.free), options.gap
    choice = Choice(options.arcs, options.end, own, options.bridged, gap)
    spectra = [read_spectrum(path) for path in options.files]
    if options.leads is not None:
        spectra = [one.without(_si(options, "leads", one.unit) or 0.0) for one in spectra]
    return [estimate(spectra, choice)]


def _filaments(options: argparse.Namespace) -> list[list[str]]:
    """The values of the filaments; empty without a length.

    Raises:
        ConfigError: something is said of filaments whose length is not.
    """
    length = _si(options, "length", "m")
    if length is not None:
        return [[*options.overrides, f"length={length!r} m"]]
    for given, name in (
        (options.overrides, "set"),
        (options.trace is None and options.area, "area"),
        (options.current, "current"),
    ):
        if given:
            raise ConfigError(f"--{name}: is of filaments: give their --length, as '800 um'")
    return []


def answer_impedance(options: argparse.Namespace) -> str:
    """Spectrum of a saved state (collective); returns what was found."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    law, time = load_section(SmallSignal, options.overrides), _si(options, "at", "s")
    area, in_ohm = _si(options, "area", "m^2"), options.unit == "ohm"
    if area is not None and not in_ohm:
        raise ConfigError("--area: does nothing per area: say --in ohm as well")
    from dendrolith.core.compiled import prepare_cache
    from dendrolith.impedance.measure import measure

    prepare_cache(comm)
    return measure(options.run, time, options.label, law, comm, in_ohm=in_ohm, area=area)


def _si(options: argparse.Namespace, name: str, unit: str) -> float | None:
    """An option with a unit, in SI; None where it is not given."""
    text, bound = getattr(options, name), {"at_least": 0.0} if name == "at" else {"above": 0.0}
    return None if text is None else option_in_si(f"--{name}", text, unit, **bound)
