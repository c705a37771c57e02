"""What spectra say of a bridge: its resistance, with bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dendrolith.core.errors import ConfigError
from dendrolith.physics.equivalent_circuit import ENDS, EquivalentCircuit
from dendrolith.traces.spectra.difference import direct_bridge
from dendrolith.traces.spectra.filament import BRIDGE_RESISTANCE, line_of_ratio
from dendrolith.traces.spectra.fitting import (
    BRIDGE_RANGE,
    CONFIDENCE,
    LARGEST_CONDITION,
    MISFIT,
    Fit,
    Interval,
    Part,
    bridged,
    bridged_alone,
    excess_of_shared,
    fit,
    profile,
    unbridged,
)
from dendrolith.traces.spectra.kramers_kronig import MEASURED, kk_residual
from dendrolith.traces.spectra.spectrum import AREAL, Spectrum

BRIDGE = "R_e"
MOST_ARCS = 3
CLOSES = 0.5  # deviation of ln R of an arc below which 1/R is told from 0, by two deviations
EVIDENCE = 10.0  # difference in BIC from which on a circuit is preferred to one without a bridge
CHANGED = 1e-3  # probability of what scatter makes of one cell, below which it has changed


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user says.

    Attributes:
        arcs: of the circuit; None: whatever the spectrum asks for.
        end: at low frequency, a key of `ENDS`; None: the same.
        own: parameters of the cell that the bridge may have changed.
        is_bridged: the only spectrum is that of a bridged cell.
        interrupted: the bridge ends in a gap.
    """

    arcs: int | None = None
    end: str | None = None
    own: tuple[str, ...] = ()
    is_bridged: bool = False
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was found.

    Attributes:
        spectra: as given.
        fits: that of the cell alone first, if there is one.
        bridge: R_e; None where no bridge was asked for.
        direct: the same without a circuit; None where there is one spectrum, or its cell changed.
        notes: what the user should know, a sentence each.
        has_gap: the bridge ends in a gap, by more than chance.
    """

    spectra: tuple[Spectrum, ...]
    fits: tuple[Fit, ...]
    bridge: Interval | None
    direct: Interval | None
    notes: tuple[str, ...]
    has_gap: bool = False

    @property
    def best(self) -> Fit:
        """The fit that all numbers are of."""
        return self.fits[-1]

    @property
    def interior(self) -> float:
        """R_int, all resistances of the cell in series; beside the bridge, if there is one.

        An arc that is not seen to close blocks: its resistance is none of them.
        """
        part, found = self.best.parts[-1], self.best
        arcs = (part.name(n) for n in part.circuit.names if n.removeprefix("R_").isdecimal())
        closed = (found.values[name] for name in arcs if found.deviation[name] < CLOSES)
        return found.values[part.name("R_ion")] + sum(closed)

    def as_dict(self) -> dict[str, Any]:
        """For programs; resistances in the unit of the spectra."""
        found: dict[str, Any] = {
            "unit": self.spectra[0].unit,
            "circuit": self.best.parts[-1].circuit.formula(),
            "values": dict(self.best.values),
            "deviation_of_logarithm": dict(self.best.deviation),
            "condition": self.best.condition,
            "misfit": self.best.misfit,
            "interior_resistance": self.interior,
            "notes": list(self.notes),
        }
        if self.bridge is not None:
            ends = (self.bridge.low, self.bridge.high)
            found[BRIDGE_RESISTANCE] = self.bridge.value if math.isfinite(ends[1]) else None
            found["interval"] = [end if math.isfinite(end) else None for end in ends]
        if self.direct is not None:
            three = (self.direct.low, self.direct.value, self.direct.high)
            found["direct"] = [end if math.isfinite(end) else None for end in three]
        return found

    def __str__(self) -> str:
        unit = self.spectra[0].unit
        lines = [self.best.parts[-1].circuit.formula()]
        for name, value in self.best.values.items():
            if name != BRIDGE and not math.isfinite(self.best.deviation[name]):
                lines.append(f"  {name:<22} has no effect")
            elif name != BRIDGE:
                spread = self.best.deviation[name] * (1 if name.startswith("n_") else value)
                lines.append(f"  {name:<22} {value:.4g} ± {spread:.2g}{_unit_of(name, unit)}")
        lines.append(f"  misfit                 {100 * self.best.misfit:.2g} % of |Z|")
        lines += self._of_bridge(unit)
        if self.direct is not None:
            lines.append(
                f"  R_e without a circuit  {self.direct.value:.4g} {unit} ({100 * CONFIDENCE:g} %: "
                f"{self.direct.low:.4g} to {self.direct.high:.4g}), 1/Z after less 1/Z before"
            )
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def _of_bridge(self, unit: str) -> list[str]:
        if self.bridge is None:
            return []
        low, high = self.bridge.low, self.bridge.high
        percent = f"{100 * CONFIDENCE:g} %"
        if not math.isfinite(high):
            if low == 0:
                return [f"  R_e                    not known ({percent}: any value)"]
            return [f"  R_e                    > {low:.4g} {unit} ({percent}): no bridge is seen"]
        return [
            f"  R_e                    {self.bridge.value:.4g} {unit} ({percent}: {low:.4g} to "
            f"{high:.4g})",
            line_of_ratio(self.bridge.value / self.interior, ends_in_gap=self.has_gap),
        ]


def estimate(spectra: Sequence[Spectrum], choice: Choice) -> Estimate:
    """Fit one spectrum, or the second as the first with a bridge.

    Raises:
        ConfigError: the spectra cannot tell what is asked.
    """
    if len({spectrum.unit for spectrum in spectra}) > 1:
        raise ConfigError("the spectra are in different units: give both per area, or neither")
    _check_choice(len(spectra), choice)
    notes = [note for spectrum in spectra for note in _test(spectrum)]
    arcs = range(1, MOST_ARCS + 1) if choice.arcs is None else [choice.arcs]
    ends = list(ENDS) if choice.end is None else [choice.end]
    kind = "gap" if choice.interrupted else "resistor"
    if len(spectra) == 1 and choice.is_bridged:
        fits = [_alone(spectra[0], arcs, ends, kind)]
        notes += _no_evidence(fits[0])
    else:
        cell = unbridged(spectra[0], arcs, ends)
        _check(cell)
        fits = [cell]
        if len(spectra) == 2:
            _check_names(choice.own, cell)
            fits.append(bridged(cell, spectra[1], frozenset(choice.own), kind))
            _check(fits[1])
            notes += _changed(cell, fits[1])
    if fits[-1].misfit > MISFIT:
        notes.append(
            f"the circuit leaves {100 * fits[-1].misfit:.2g} % of |Z|: it does not describe the "
            "spectrum, and its numbers are not to be trusted"
        )
    bridge = profile(fits[-1], BRIDGE, BRIDGE_RANGE) if BRIDGE in fits[-1].values else None
    direct = None
    if len(spectra) == 2 and not choice.own and not choice.interrupted:
        direct = direct_bridge(*spectra)
    gap = choice.interrupted and not _is_whole(fits[-1])
    if choice.interrupted and not gap:
        notes.append("no gap is seen: a bridge that is whole fits as well; leave --gap out")
    return Estimate(tuple(spectra), tuple(fits), bridge, direct, tuple(notes), gap)


def _check_choice(count: int, choice: Choice) -> None:
    """Refuse what does nothing with so many spectra."""
    if count == 2 and choice.is_bridged:
        raise ConfigError("--bridged: is of one spectrum, and there are two: before and after")
    if count == 1 and choice.own:
        raise ConfigError(f"--free {choice.own[0]}: needs the spectrum after the bridge as well")
    if count == 1 and choice.interrupted and not choice.is_bridged:
        raise ConfigError("--gap: needs a second spectrum, or --bridged: one alone has no bridge")


def _no_evidence(found: Fit) -> list[str]:
    """Says where a cell without a bridge, and one arc more, describes the spectrum as well."""
    (part,) = found.parts
    end = "none" if part.circuit.bridge == "resistor" else part.circuit.end
    other = fit([Part(part.spectrum, EquivalentCircuit(part.circuit.arcs + 1, end))])
    if other.criterion > found.criterion + EVIDENCE:
        return []
    return [
        f"a cell without a bridge, {part.circuit.arcs + 1} arcs, leaves {100 * other.misfit:.2g} % "
        "of |Z|: the spectrum is no evidence of a bridge, and R_e holds only if there is one"
    ]


def _is_whole(found: Fit) -> bool:
    """Does a bridge without a gap describe the spectra as well?"""
    *first, last = found.parts
    circuit = EquivalentCircuit(last.circuit.arcs, last.circuit.end, "resistor")
    whole = fit([*first, Part(last.spectrum, circuit, last.own)], [found.values])
    return whole.criterion <= found.criterion + EVIDENCE


def _test(spectrum: Spectrum) -> list[str]:
    worst = float(kk_residual(spectrum).max())
    if not worst > MEASURED:  # nor where it is no test
        return []
    return [
        f"{spectrum.name}: does not obey Kramers and Kronig, residual {100 * worst:.2g} %: the "
        "cell changed while it was measured, or did not answer in proportion"
    ]


def _alone(spectrum: Spectrum, arcs: Sequence[int], ends: Sequence[str], kind: str) -> Fit:
    """A bridged cell by its own spectrum, which only a blocking end makes possible."""
    blocking = [end for end in ends if end != "none"]
    if not blocking:
        raise ConfigError(
            f"{spectrum.name}: without storage at low frequency R_ion, R_1 and R_e give three "
            "numbers for four: give the spectrum before the bridge as well"
        )
    fits = [bridged_alone(spectrum, EquivalentCircuit(n, e, kind)) for n in arcs for e in blocking]
    best = min([f for f in fits if f.tells] or fits, key=lambda found: found.criterion)
    _check(best)
    return best


def _check(found: Fit) -> None:
    if not found.tells:
        names = " and ".join(part.spectrum.name for part in found.parts)
        raise ConfigError(
            f"{names}: cannot tell {', '.join(found.confused)} apart (condition "
            f"{found.condition:.1g}, limit {LARGEST_CONDITION:g}): give the spectrum before "
            "the bridge as well, lower frequencies, fewer --arcs or fewer --free"
        )


def _check_names(own: Sequence[str], cell: Fit) -> None:
    wrong = [name for name in own if name not in cell.values]
    if wrong:
        raise ConfigError(
            f"--free {wrong[0]}: the circuit has {', '.join(cell.values)}: name one of them"
        )


def _changed(cell: Fit, both: Fit) -> list[str]:
    """Says where the second spectrum asks for another cell beside its bridge."""
    after = both.parts[1]
    own = {name: both.values[after.name(name)] for name in after.circuit.names}
    alone = fit([Part(after.spectrum, after.circuit)], [own, {}])
    if excess_of_shared(both, (cell, alone)) > CHANGED:
        return []
    return [
        f"one cell does not fit both spectra ({100 * both.misfit:.2g} % of |Z|, "
        f"{100 * cell.misfit:.2g} % the first alone): the bridge is not all that changed, "
        "and the bars do not hold that: try --free R_ion"
    ]


def _unit_of(name: str, unit: str) -> str:
    area = " m^2" if unit == AREAL else ""
    kind = name.split("_")[0]
    per_area = f"F{'/m^2' if area else ''}"
    return {"R": f" {unit}", "Q": f" {per_area} s^(n-1)", "C": f" {per_area}", "tau": " s"}.get(
        kind, ""
    )
