"""What a run of plating shows: charts, numbers, pictures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.core.constants import FARADAY, MAH_PER_CM2
from dendrolith.observables.columns import STEP
from dendrolith.observables.show import (
    EFFORT_CHARTS,
    EFFORT_NUMBERS,
    Chart,
    FloatArray,
    Layer,
    Number,
    Profile,
    Reading,
    Results,
    Show,
    Value,
    last,
    of_input,
    reduced,
    verdict,
)
from dendrolith.studies.plating.field_table import FIELDS
from dendrolith.studies.plating.observables.columns import FRACTION, OPEN_CIRCUIT

TIP = "tip_height [m]"
IONIC, LEAKAGE = "ionic_current [A/m^2]", "electronic_current [A/m^2]"
COLLECTOR, CELL_VOLTAGE = "collector_current [A/m^2]", "cell_voltage [V]"
INSIDE, PLATED = "lithium_in_electrolyte [mol/m^2]", "lithium_plated [mol/m^2]"
# The fields that pictures and layers are made of.
DRAWN = ("xi", "rho", "label", "phi_ion", "phi_el", "c_ion", "pressure", "von_mises", "d")
DEAD, SHORT = "dead_lithium [mol/m^2]", "short_circuit [1]"
PRESSURE, VON_MISES = "pressure_in_lithium [Pa]", "von_mises_in_lithium [Pa]"


def _pore(fields: Mapping[str, FloatArray]) -> FloatArray:
    return -fields["rho"]


def _lithium(fields: Mapping[str, FloatArray]) -> FloatArray:
    return fields["xi"] - 0.5


def _filled_pore(fields: Mapping[str, FloatArray]) -> FloatArray:
    """Clear of the wall: there lithium and pore always overlap a bit."""
    clear: FloatArray = np.minimum(fields["xi"] - 0.5, -fields["rho"] - 0.5)
    return clear


LAYERS = (
    Layer("electrolyte", "#5b7fa6"),
    Layer("pore", "#f5f2ea", _pore, opacity=0.45),
    Layer("lithium", "#8b1e3f", _lithium, opacity=1.0),
    Layer("filled pore", "#e0a526", _filled_pore),
)


def _chart(
    title: str,
    axis: tuple[str, str, float],
    *curves: tuple[str, str],
    log: bool = False,
    level: str = "",
    absolute: bool = False,
) -> Chart:
    """A chart of an axis (its words, its unit, the factor to that) and curves (column, name)."""
    return Chart(title, *axis, curves, log, level, absolute)


SERIES = (
    _chart("Ionic current", ("ionic current", "A/m²", 1.0), (IONIC, "ionic")),
    _chart(
        "Leakage current", ("electronic current", "A/m²", 1.0), (LEAKAGE, "electronic"), log=True
    ),
    _chart(
        "Path of the electrons",
        ("electronic over ionic current", "1", 1.0),
        ("electronic_path [1]", "path"),
        log=True,
    ),
    _chart("Cell voltage", ("cell voltage", "mV", 1e3), (CELL_VOLTAGE, "voltage")),
    _chart(
        "Voltage and open-circuit potential",
        ("voltage", "V", 1.0),
        (OPEN_CIRCUIT, "open circuit"),
        (CELL_VOLTAGE, "cell"),
    ),
    _chart("Lithium in the counter electrode", ("x", "1", 1.0), (f"{FRACTION} [1]", "x")),
    _chart(
        "Potentials at the reference",
        ("potential against Li⁺/Li", "mV", 1e3),
        ("anode_potential [V]", "anode"),
        ("counter_potential [V]", "counter electrode"),
    ),
    _chart("Tip height", ("tip height", "µm", 1e6), (TIP, "tip")),
    _chart(
        "Current density of the tip",
        ("current density", "A/m²", 1.0),
        ("tip_current_density [A/m^2]", "F c dx/dt at the tip"),
        (IONIC, "nominal"),
    ),
    _chart("Lithium", ("lithium", "mmol/m²", 1e3), (INSIDE, "in electrolyte"), (PLATED, "plated")),
    _chart(
        "Dead lithium",
        ("dead lithium", "mmol/m²", 1e3),
        (DEAD, "cut off"),
        ("electrically_dead_lithium [mol/m^2]", "electrically dead"),
        ("dead_lithium_0.3 [mol/m^2]", "cut off at ξ = 0.3"),
        ("dead_lithium_0.7 [mol/m^2]", "cut off at ξ = 0.7"),
    ),
    _chart(
        "Pieces of lithium",
        ("pieces", "1", 1.0),
        ("lithium_pieces [1]", "all"),
        ("dead_pieces [1]", "dead"),
    ),
    _chart(
        "Filled pores",
        ("filled part of the pores", "1", 1.0),
        ("filled_pore_fraction [1]", "filled"),
    ),
    _chart(
        "Preference for walls",
        ("share on walls over theirs", "1", 1.0),
        ("wall_preference [1]", "preference"),
    ),
)
STRESS = (
    _chart(
        "Stress in lithium",
        ("stress in lithium", "MPa", 1e-6),
        (PRESSURE, "largest pressure"),
        (VON_MISES, "largest von Mises"),
        ("stack_pressure [Pa]", "stack pressure"),
        level="elasticity.yield_strength",
    ),
    _chart(
        "Volume strain of lithium",
        ("mean volume strain", "10⁻³", 1e3),
        ("volume_strain_in_lithium [1]", "volume strain"),
    ),
    _chart(
        "Lithium beyond yield",
        ("part of the lithium", "1", 1.0),
        ("beyond_yield [1]", "beyond yield"),
    ),
    _chart(
        "Damage of the electrolyte",
        ("damage", "1", 1.0),
        ("damage_max [1]", "largest"),
        ("damaged_fraction [1]", "part of the cell with more than 0.5"),
    ),
    _chart(
        "Elastic force on lithium",
        ("force on lithium", "kJ/m³", 1e-3),
        ("force_by_eigenstrain [J/m^3]", "eigenstrain"),
        ("force_by_electrolyte_modulus [J/m^3]", "electrolyte's modulus"),
        ("force_by_pore_modulus [J/m^3]", "pores' modulus"),
    ),
)
LEDGER = (
    _chart(
        "Currents that must balance",
        ("current", "A/m²", 1.0),
        (COLLECTOR, "collector"),
        (IONIC, "ionic"),
        (LEAKAGE, "electronic"),
    ),
    _chart(
        "Lithium by owner",
        ("lithium", "mmol/m²", 1e3),
        ("lithium_of_dendrites [mol/m^2]", "dendrites"),
        ("lithium_of_counter [mol/m^2]", "counter electrode"),
        ("lithium_isolated [mol/m^2]", "isolated"),
    ),
    _chart(
        "Lithium by place",
        ("lithium", "mmol/m²", 1e3),
        ("lithium_in_solid [mol/m^2]", "in the solid"),
        ("lithium_on_walls [mol/m^2]", "on walls"),
        ("lithium_in_pores [mol/m^2]", "in pores"),
    ),
    _chart(
        "Reaction current by owner",
        ("reaction current", "A/m²", 1.0),
        ("reaction_current_of_anode [A/m^2]", "anode"),
        ("reaction_current_of_counter [A/m^2]", "counter electrode"),
        ("reaction_current_isolated [A/m^2]", "isolated, net"),
        ("bipolar_current [A/m^2]", "isolated, through"),
    ),
    _chart(
        "Errors of the ledger",
        ("relative error", "1", 1.0),
        ("charge_error [1]", "charge, of a step"),
        ("inventory_error [1]", "inventory, since the start"),
        log=True,
    ),
)
AT_THE_END = (
    _chart(
        "Currents",
        ("|current density|", "A/m²", 1.0),
        (IONIC, "ionic"),
        (LEAKAGE, "electronic (leakage)"),
        log=True,
        absolute=True,
    ),
    _chart("Tip height", ("tip height", "µm", 1e6), (TIP, "tip")),
    _chart("Lithium", ("lithium", "mmol/m²", 1e3), (INSIDE, "in electrolyte"), (DEAD, "dead")),
)


def _crossed(run: Results) -> Value:
    tip, thickness = last(TIP)(run), of_input("geometry.electrolyte_thickness")(run)
    if not isinstance(tip, float) or not isinstance(thickness, float):
        return None
    return 100 * tip / thickness


def _tip_velocity(run: Results) -> Value:
    tip, time = run.series.get(TIP), run.time
    if tip is None or time[-1] <= time[0]:
        return None
    return float(1e6 * (tip[-1] - tip[0]) / (time[-1] - time[0]))


def _charge(run: Results) -> Value:
    if COLLECTOR not in run.series or STEP not in run.series:
        return None
    return float((run.series[COLLECTOR] * run.series[STEP]).sum())


def _room(run: Results) -> Value:
    """Capacity of lithium that fills the electrolyte, at the fill fraction of the input."""
    thickness = of_input("geometry.electrolyte_thickness")(run)
    c_Li = of_input("lithium_metal.c_Li")(run)
    if not isinstance(thickness, float) or not isinstance(c_Li, float):
        return None
    return thickness * c_Li * (FARADAY / MAH_PER_CM2)


def _closure(run: Results) -> Value:
    """Largest part of the collector's current that reaches neither ions nor electrons."""
    if not all(name in run.series for name in (COLLECTOR, IONIC, LEAKAGE)):
        return None
    collector, ionic, electronic = (run.series[name] for name in (COLLECTOR, IONIC, LEAKAGE))
    scale = np.abs(collector).max()
    return float(np.abs(collector - ionic - electronic).max() / scale) if scale > 0 else 0.0


KEY_NUMBERS = (
    Number("Tip height", "µm", last(TIP, 1e6)),
    Number("Electrolyte crossed", "%", _crossed),
    Number("Mean velocity of the tip", "µm/s", _tip_velocity),
    Number("Short circuit", "", verdict),
    Number("Ionic current", "A/m²", last(IONIC)),
    Number("Leakage current", "A/m²", last(LEAKAGE)),
    Number("Cell voltage", "mV", last(CELL_VOLTAGE, 1e3)),
    Number("Charge passed", "C/m²", _charge),
    Number("Lithium plated", "mmol/m²", last(PLATED, 1e3)),
    Number("Capacity plated", "mAh/cm²", last(PLATED, FARADAY / MAH_PER_CM2)),
    Number("Capacity that the electrolyte has room for", "mAh/cm²", _room),
    Number("Dead lithium", "mmol/m²", last(DEAD, 1e3)),
    Number("Largest pressure in lithium", "MPa", reduced(PRESSURE, np.max, 1e-6)),
    Number("Largest von Mises stress in lithium", "MPa", reduced(VON_MISES, np.max, 1e-6)),
    Number("Yield strength of lithium", "MPa", of_input("elasticity.yield_strength", 1e-6)),
    Number("Part of the lithium beyond it", "1", last("beyond_yield [1]")),
)
LEDGER_NUMBERS = (
    Number("Charge error of a step, median", "1", reduced("charge_error [1]", np.median)),
    Number("Charge error of a step, largest", "1", reduced("charge_error [1]", np.max)),
    Number("Inventory error at the end", "1", last("inventory_error [1]")),
    Number("Collector less ionic less electronic, largest", "1", _closure),
)
SOLVER_NUMBERS = (
    *EFFORT_NUMBERS,
    Number("Steps with bounded kinetics", "1", reduced("bounded_kinetics [1]", np.sum)),
)

PROGRESS = (
    Reading("tip", TIP, "µm", 1e6, decimals=1),
    Reading("ionic", IONIC, digits=3),
    Reading("leakage", LEAKAGE, "A/m²", digits=2),
)
STATUS = (
    Reading("tip height", TIP, "um", 1e6),
    Reading("ionic current", IONIC, "A/m^2"),
    Reading("leakage", LEAKAGE, "A/m^2"),
    Reading("cell voltage", CELL_VOLTAGE, "V"),
    Reading("dead lithium", DEAD, "mol/m^2"),
    Reading("short circuit", SHORT, words=("none so far", "soft so far", "hard so far")),
)
LAYERS_OF_THE_CELL = Profile(
    table="layers",
    title="Ten layers",
    axis="distance from the foil",
    edges=("from [m]", "to [m]"),
    value="part of the layer",
    curves=(
        ("lithium_fraction [1]", "lithium"),
        ("pore_fraction [1]", "open pores"),
        ("filled_fraction [1]", "filled pores"),
    ),
    ends=("at the foil", "at the counter electrode"),
)

SHOW = Show(
    fields={name: FIELDS[name] for name in DRAWN},
    pictures=("label", "phi_ion", "phi_el", "pressure", "c_ion", "d"),
    stresses=("pressure", "von_mises", "d"),
    layers=LAYERS,
    morphology="label",
    legend=("pore", "filled pore", "electrolyte", "lithium"),
    view="lithium and pores, with the mid-plane",
    contour=("xi", 0.5),
    colour_maps={"pressure": "magma", "von_mises": "magma", "d": "magma"},
    progress=PROGRESS,
    status=STATUS,
    charts={"series": SERIES, "stress": STRESS, "ledger": LEDGER, "solver": EFFORT_CHARTS},
    numbers={"key": KEY_NUMBERS, "ledger": LEDGER_NUMBERS, "solver": SOLVER_NUMBERS},
    checks=frozenset({"ledger", "solver"}),
    titles={
        "pictures": "Morphology and potentials",
        "stress": "Stress",
        "ledger": "Charge ledger",
    },
    series=AT_THE_END,
    profiles=(LAYERS_OF_THE_CELL,),
    signals={CURRENT: LEAKAGE, VOLTAGE: CELL_VOLTAGE},
    path="electronic_path [1]",
)
