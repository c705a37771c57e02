"""Charge balances and kinetics against closed forms; conservation; electronic path."""

import itertools
import math

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import global_max, integral
from dendrolith.physics import electronic_potential
from dendrolith.solvers.newton import BalanceSolver
from dendrolith.studies.plating.charge import passing_current
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.flat_front import flat_front_current
from dendrolith.studies.plating.scales import Scales
from dendrolith.studies.plating.schema import Electrodes
from dendrolith.studies.plating.solver_input import SolverChoice
from dendrolith.studies.plating.solver_options import CHARGE
from dendrolith.studies.plating.split import Charge
from dendrolith.studies.plating.terminals import counter_current, reaction
from tests.cases import DELTA, ELECTROLYTE, UM, Stepper, cell, config, disc, front, lithium_in
from tests.verification.tools import order, relax, solve

T = 298.15


# ---------------------------------------------------------------------- 1-D cell


def plate_cell(
    delta: float, *, voltage: float, gap: float, fraction: float, i_0: float, step: float
):
    """March a flat front over `fraction` of the gap; compare with the closed form.

    V = η_c + j(H/σ + R_ct) with Butler–Volmer η_c(j), and dH/dt = −j/(F c_Li). Steps are at most
    `step` of the time in which the front relaxes.

    Returns the largest errors of current and speed over eighths of the way, and the error of the
    time that the whole way takes.
    """
    h = delta / 6
    settings = config(
        geometry__mesh_size=h, geometry__height=h, geometry__lithium_thickness=3 * delta,
        geometry__electrolyte_thickness=gap, lithium_metal__interface_width=delta,
        lithium_metal__capillary_mobility=4e-12, lithium_metal__fill_fraction=0.05,
        kinetics__exchange_current_density=i_0, voltage=voltage,
        time__end=1e6, time__max_change=0.05, time__max_relaxation=step,
    )  # fmt: skip
    made = cell(settings, front(3 * delta, delta))
    split = Stepper(made)
    per_coulomb = 1 / (FARADAY * settings.lithium_metal.c_Li)
    amount = fem.form(metal(made) * made.m.nodes)

    def position() -> float:
        return integral(amount) / settings.geometry.height

    start = position()
    times, gaps, charges = [0.0], [gap], [0.0]
    for step in split.march():
        current = counter_current(split.balance, IONIC) / settings.geometry.height
        times.append(step.time)
        gaps.append(gap - (position() - start))
        charges.append(charges[-1] + current * step.dt)
        if gaps[-1] < (1 - fraction) * gap:
            break

    def exact(H: float) -> float:
        resistance = H / settings.materials.electrolyte.ionic_conductivity
        return flat_front_current(
            voltage, resistance + settings.electrodes.ionic_resistance, i_0, 0.5, T
        )

    def duration(first: int, last: int) -> float:
        """Time from one gap to another: ∫ dH F c_Li / j."""
        lengths = np.linspace(gaps[last], gaps[first], 200)
        slowness = np.array([1 / (per_coulomb * exact(H)) for H in lengths])
        return float(np.sum((slowness[1:] + slowness[:-1]) / 2 * np.diff(lengths)))

    settled = [k for k, H in enumerate(gaps) if gap - H > delta]
    ends = [settled[0], *(part[-1] for part in np.array_split(settled, 8))]
    current_errors, speed_errors = [], []
    for first, last in itertools.pairwise(ends):
        elapsed, way = times[last] - times[first], gaps[first] - gaps[last]
        mean = way / (per_coulomb * duration(first, last))  # mean exact current
        current_errors.append(abs((charges[last] - charges[first]) / elapsed / mean - 1))
        speed_errors.append(abs(way / elapsed / (per_coulomb * mean) - 1))
    whole = abs((times[ends[-1]] - times[ends[0]]) / duration(ends[0], ends[-1]) - 1)
    return max(current_errors), max(speed_errors), whole


def metal(made):
    return made.laws.lithium.fraction(made.f.xi)


@pytest.mark.serial  # on ranks: the same cell in the two tests below
def test_cell_converges_in_interface_width():
    """Half the voltage ohmic, half kinetic: current, speed and time at δ/H₀ = 0.16, 0.08, 0.04.

    Over half of the gap, so δ/H doubles on the way. At 8 µm all are within 0.2 %, at 4 µm within
    0.1 %. The time of the whole way is of second order in δ, until it is right to 0.02 %.
    """
    errors = [
        plate_cell(d, voltage=0.05, gap=100 * UM, fraction=0.5, i_0=500.0, step=0.05)
        for d in (16 * UM, 8 * UM, 4 * UM)
    ]
    assert max(errors[1]) < 2e-3, errors
    assert max(errors[2]) < 1e-3, errors
    coarse, middle, fine = (whole for *_, whole in errors)
    assert math.log2(coarse / middle) > 1.8, errors
    assert fine < 2e-4, errors


@pytest.mark.serial  # on ranks: the tests below
def test_closing_time():
    """The time to close 90 % of the gap within 2 %, δ/H from 0.02 to 0.2."""
    errors = plate_cell(2 * UM, voltage=0.1, gap=100 * UM, fraction=0.9, i_0=2000.0, step=0.2)
    assert errors[2] < 0.02, errors


@pytest.mark.serial
def test_kinetically_limited_cell():
    """Where the interface alone decides: current, speed and time within 2 %."""
    errors = plate_cell(4 * UM, voltage=0.02, gap=60 * UM, fraction=0.15, i_0=20.0, step=0.2)
    assert max(errors) < 0.02, errors


def test_equilibrium_potential_enters_the_prediction_with_the_right_sign():
    """`Scales` predicts the current of a cell with E_eq ≠ 0 as the solved cell has it."""
    settings = config(
        kinetics__equilibrium_potential=0.03, kinetics__exchange_current_density=300.0,
        geometry__height=1 * UM, geometry__mesh_size=0.5 * UM
    )  # fmt: skip
    made = cell(settings, front(10 * UM))
    split = Stepper(made)
    for _ in range(30):
        split.advance(0.05 / (settings.lithium_metal.L_xi * settings.lithium_metal.W))
        split.accept()
    measured = counter_current(split.balance, IONIC) / settings.geometry.height
    predicted = Scales.of(settings).front_velocity * FARADAY * settings.lithium_metal.c_Li
    assert measured == pytest.approx(predicted, rel=0.05)


def test_second_order_in_time():
    """The split on a curved front with pores: lithium at a fixed time, second order in Δt."""
    fields, steps = [], [1, 2, 4, 8]
    for n in steps:
        made = cell(dendrite_config(), bumpy, pore)
        split = Stepper(made)
        for _ in range(10 * n):
            split.advance(0.02 / n)
            split.accept()
        fields.append(made.f.xi.x.array.copy())
    comm = made.domain.comm
    errors = [global_max(comm, np.abs(b - a)) for a, b in itertools.pairwise(fields)]
    assert order([1 / n for n in steps[:-1]], errors) == pytest.approx(2.0, abs=0.15)


def test_currents_of_the_cell_converge_in_space():
    """The cell's own forms, quadrature, contacts and solver, on a curved front beside a pore.

    Second order for the ionic current. The leakage is of first order only, and not smoothly: it
    sees where the metal ends, and that edge lies somewhere inside an element.
    """
    ionic, leakage, sizes = [], [], [2 * UM, 1 * UM, 0.5 * UM, 0.25 * UM]
    for h in sizes:
        smooth = dendrite_config(geometry__mesh_size=h, lithium_metal__interface_width=8 * UM)
        made = cell(smooth, lambda x: bumpy_front(x, 8 * UM), pore)
        split = Stepper(made)
        split.solve_fields(1e-3)
        ionic.append(counter_current(split.balance, IONIC))
        leakage.append(counter_current(split.balance, ELECTRONIC))
    differences = [abs(a - b) for a, b in itertools.pairwise(ionic)]
    assert order(sizes[:-1], differences) > 1.8, ionic
    differences = [abs(a - b) for a, b in itertools.pairwise(leakage)]
    assert max(differences[1:]) < 0.35 * differences[0], leakage


# ---------------------------------------------------------------------- conservation


def dendrite_config(**changes):
    """A small porous cell with a protrusion's worth of curvature."""
    base = {
        "geometry__lithium_thickness": 10 * UM, "geometry__electrolyte_thickness": 30 * UM,
        "geometry__height": 20 * UM, "geometry__mesh_size": 1 * UM,
        "kinetics__exchange_current_density": 1000.0, "voltage": 0.1,
        "lithium_metal__fill_fraction": 0.1,
    }  # fmt: skip
    return config(**{**base, **changes})


def bumpy(x):
    return bumpy_front(x, DELTA)


def bumpy_front(x, delta):
    surface = 12 * UM + 4 * UM * np.cos(np.pi * x[1] / (10 * UM))
    return 0.5 * (1 - np.tanh(2 * (x[0] - surface) / delta))


def pore(x):
    return np.tanh(2 * (np.hypot(x[0] - 27 * UM, x[1] - 10 * UM) - 6 * UM) / (3 * UM))


def test_charge_error_with_the_default_tolerance():
    """|I_ion − ∫i| below 1e-8 in the median and 1e-6 always, and no drift of the inventory."""
    settings = dendrite_config(
        time__end=4.0, solver__linear="iterative",
        solver__charge_tolerance=SolverChoice().charge_tolerance,
    )  # fmt: skip
    made = cell(settings, bumpy, pore)
    split = Stepper(made)
    content = lithium_in(made)
    errors, charge = [], 0.0
    for step in split.march():
        current = counter_current(split.balance, IONIC)
        errors.append(abs(current - step.report.number("plated")) / abs(current))
        charge += current * step.dt
    gained = FARADAY * (lithium_in(made) - content)
    assert len(errors) > 10
    assert np.median(errors) < 1e-8
    assert max(errors) < 1e-6
    assert gained == pytest.approx(charge, rel=1e-7)


def test_total_current_is_the_same_at_both_electrodes():
    made = cell(dendrite_config(), bumpy, pore)
    split = Stepper(made)
    split.solve_fields(0.01)
    leaving = sum(counter_current(split.balance, kind) for kind in (IONIC, ELECTRONIC))
    entering = -reaction(split.balance, made.charge.collector_dofs)
    assert entering == pytest.approx(leaving, rel=1e-5)


def test_fill_fraction_rescales_time_exactly():
    """(c_Li, L_ξ) → (f c_Li, L_ξ/f) at fixed i₀ maps t → f t with the same fields."""
    fields, times = [], []
    for f in (0.1, 0.05):
        settings = dendrite_config(time__end=1e3 * f)
        scaled = config(
            geometry=settings.geometry, kinetics=settings.kinetics, electrodes=settings.electrodes,
            lithium_metal__fill_fraction=f, lithium_metal__capillary_mobility=2e-13 / f,
            time__end=1e3 * f, time__first_step=1e-2 * f, time__max_step=1e2 * f,
            time__max_steps=25,
        )  # fmt: skip
        made = cell(scaled, bumpy, pore)
        times.append([step.time / f for step in Stepper(made).march()])
        fields.append(made.f.xi.x.array.copy())
    assert times[1] == pytest.approx(times[0], rel=1e-8)
    np.testing.assert_allclose(fields[1], fields[0], atol=1e-8)


# ---------------------------------------------------------------------- electronic path


def electronic_conductance(made) -> float:
    """Current per volt from left to right through σ_el alone [S, in 2-D S/m]."""
    space = made.f.scalar_space
    phi, v = fem.Function(space), ufl.TestFunction(space)
    sigma = made.laws.conductivity("electronic_conductivity", made.f.xi)
    form = electronic_potential.conduction(phi, v, sigma_el=sigma) * made.m.dx
    sides = {
        side: fem.locate_dofs_topological(space, 1, made.domain.side(side))
        for side in ("left", "right")
    }
    bcs = [fem.dirichletbc(1.0, sides["left"], space), fem.dirichletbc(0.0, sides["right"], space)]
    solve(form, phi, bcs)
    return integral(fem.form(sigma * ufl.inner(ufl.grad(phi), ufl.grad(phi)) * made.m.dx))


def gap_conductance(h: float, width: float, offset: float) -> float:
    """Conductance per height of the gap between two flat fronts, ½-contours `width` apart."""
    middle = 20 * UM + offset
    settings = config(
        geometry__mesh_size=h, geometry__height=h, geometry__lithium_thickness=20 * UM,
        geometry__electrolyte_thickness=20 * UM,
    )  # fmt: skip

    def two_fronts(x):
        left = 0.5 * (1 - np.tanh(2 * (x[0] - middle + width / 2) / DELTA))
        right = 0.5 * (1 + np.tanh(2 * (x[0] - middle - width / 2) / DELTA))
        return left + right

    return electronic_conductance(cell(settings, two_fronts)) / h


@pytest.mark.parametrize("offset", [0.0, 0.25, 0.5])
def test_gap_of_two_widths_insulates_at_production_resolution(offset):
    """At h = δ/4, wherever the gap lies on the mesh: half a cell of it insulates, or more."""
    h = DELTA / 4
    sharp = ELECTROLYTE.electronic_conductivity / (2 * DELTA)
    assert 4.0 < gap_conductance(h, 2 * DELTA, offset * h) / sharp < 16.5


def test_gap_between_the_thresholds_carries_the_electrolytes_current():
    """Two flat fronts 2δ apart: the gap between the thresholds of their profiles insulates.

    The metal ends where ξ falls below its threshold, so the insulating width w solves
    ξ(w/2) = ξ_c with both tails added; the conductance is σ_SE/w within 2 %.
    """
    delta, h = DELTA, DELTA / 160
    middle = 20 * UM
    settings = config(
        geometry__mesh_size=h, geometry__height=h, geometry__lithium_thickness=20 * UM,
        geometry__electrolyte_thickness=20 * UM,
    )  # fmt: skip
    threshold = settings.lithium_metal.metal_threshold

    def two_fronts(x):
        left = 0.5 * (1 - np.tanh(2 * (x[0] - middle + delta) / delta))
        right = 0.5 * (1 + np.tanh(2 * (x[0] - middle - delta) / delta))
        return left + right

    made = cell(settings, two_fronts)
    distances = np.linspace(0, delta, 100_001)
    profile = two_fronts(np.array([middle + distances]))
    w = 2 * distances[np.argmax(profile > threshold)]
    exact = settings.materials.electrolyte.electronic_conductivity / w
    assert electronic_conductance(made) / h == pytest.approx(exact, rel=0.02)
    assert w > 0.4 * delta


def test_dissolved_neck_isolates():
    """A lithium bar with a neck: whole it conducts, dissolved to the threshold it does not."""
    settings = config(geometry__height=2 * UM, geometry__mesh_size=0.5 * UM)

    def neck(depth):
        return lambda x: 1 - (1 - depth) * np.exp(-(((x[0] - 20 * UM) / (3 * UM)) ** 2))

    whole = electronic_conductance(cell(settings, neck(1.0)))
    broken = electronic_conductance(cell(settings, neck(0.02)))
    bar = 40 * UM / (2 * UM)
    assert whole * bar == pytest.approx(
        settings.materials.lithium.electronic_conductivity, rel=1e-6
    )
    # the opened stretch is a few µm of electrolyte
    opened = broken / (2 * UM) / settings.materials.electrolyte.electronic_conductivity
    assert 1 / (6 * UM) < opened < 1 / (1 * UM)


def test_neck_below_one_half_opens_by_itself():
    """A neck left at ξ = 0.4 dissolves: in 10/(L_ξW) it conducts like the electrolyte."""
    settings = config(geometry__height=2 * UM, geometry__mesh_size=0.5 * UM)

    def neck(x):
        outside = np.maximum(np.abs(x[0] - 20 * UM) - 10 * UM, 0)
        return 0.4 + 0.6 * np.tanh(outside / (2 * UM))

    made = cell(settings, neck)
    before = electronic_conductance(made)
    split = Stepper(made)
    dt = 0.1 / (settings.lithium_metal.L_xi * settings.lithium_metal.W)
    for _ in range(100):
        relax(split, dt)
    after = electronic_conductance(made)
    assert after < 1e-8 * before


def test_leakage_floor():
    """Without a bridge j_el = σ_el V/L at the counter electrode."""
    settings = config(
        solver__linear="iterative", solver__charge_tolerance=1e-9,
        geometry__height=DELTA / 16, geometry__mesh_size=DELTA / 16,
    )  # fmt: skip
    made = cell(settings, front(10 * UM))
    split = Stepper(made)
    split.solve_fields(1e-3)
    measured = counter_current(split.balance, ELECTRONIC) / settings.geometry.height
    # the metal ends at the threshold of the profile: ξ(x) = ξ_c
    beyond = DELTA / 2 * math.atanh(1 - 2 * settings.lithium_metal.metal_threshold)
    length = 30 * UM - beyond
    exact = settings.materials.electrolyte.electronic_conductivity * 0.05 / length
    assert measured == pytest.approx(exact, rel=0.02)


def test_bridging_filament_conductance():
    """A strip of lithium from electrode to electrode: I = σ_Li w V/L, with ideal contacts."""
    width = 8 * UM
    settings = config(
        geometry__height=24 * UM, geometry__mesh_size=0.5 * UM,
        kinetics__exchange_current_density=1e-6, voltage=1e-4,
        electrodes__electronic_resistance=0.0,
    )  # fmt: skip

    def filament(x):
        return 0.5 * (1 - np.tanh(2 * (np.abs(x[1] - 12 * UM) - width / 2) / DELTA))

    made = cell(settings, filament)
    split = Stepper(made)
    split.predict_middle(1e-3)
    split.update_allen_cahn_rate(1e-3)
    made.f.potential_free_rate.x.array[:] = 0.0
    solver = split.block(Charge).solver
    solver.solve()
    measured = counter_current(solver.balance, ELECTRONIC)
    exact = settings.materials.lithium.electronic_conductivity * width * 1e-4 / (40 * UM)
    assert measured == pytest.approx(exact, rel=0.02)


def test_contact_resistance_limits_the_short():
    """With R_c the short carries V/R_c, printed as such: the cap of the leakage after contact."""
    settings = config(geometry__height=4 * UM, kinetics__exchange_current_density=1e-6,
                      voltage=1e-3,
                      electrodes__electronic_resistance=1e-6)  # fmt: skip
    made = cell(settings, lambda x: np.ones(x.shape[1]))
    split = Stepper(made)
    split.solve_fields(1e-3)
    measured = counter_current(split.balance, ELECTRONIC) / settings.geometry.height
    series = settings.electrodes.electronic_resistance + 40 * UM / 1e4
    assert measured == pytest.approx(1e-3 / series, rel=1e-6)


@pytest.mark.parametrize("widths", [2, 4])
def test_contact_of_a_bridge_is_as_wide_as_the_bridge(widths):
    """A bridge of width w that its contact limits leaks V w/R_c within 5 %, at δ/h = 4."""
    width, height = widths * DELTA, 40 * UM
    settings = config(
        geometry__height=height, geometry__mesh_size=DELTA / 4, voltage=1e-4,
        kinetics__exchange_current_density=1e-6, electrodes__electronic_resistance=1e-5,
    )  # fmt: skip

    def bridge(x):
        return 0.5 * (1 - np.tanh(2 * (np.abs(x[1] - height / 2) - width / 2) / DELTA))

    made = cell(settings, bridge)
    split = Stepper(made)
    split.solve_fields(1e-3)
    measured = counter_current(split.balance, ELECTRONIC)
    assert measured == pytest.approx(1e-4 * width / 1e-5, rel=0.05)


# ---------------------------------------------------------------------- bipolar inclusion


def test_bipolar_inclusion():
    """P§5.6, 2-D, Wa = 1: plates on the side of the higher potential, strips on the other.

    Wa = σ/(g a) = 1 leaves the far field undisturbed, so the finite box is exact. Each half carries
    ∫|j| = 2σE₀/(1 + Wa) × a, the net is zero, U = −2σE₀V_m/[F(1 + Wa)], to higher potential.
    The front needs a few 1/(L_ξW) to find its moving profile: measured after that.
    """
    radius, delta, sigma, wagner, field = 20 * UM, 2 * UM, 1.0, 1.0, 10.0
    i_0 = sigma * 8.314462618 * T / FARADAY / (radius * wagner)
    settings = config(
        geometry__mesh_size=delta / 5, geometry__height=2 * radius,
        geometry__lithium_thickness=2 * radius, geometry__electrolyte_thickness=2 * radius,
        lithium_metal__interface_width=delta, lithium_metal__capillary_mobility=4e-14,
        kinetics__exchange_current_density=i_0, electrodes=Electrodes(0.0, 0.0),
    )  # fmt: skip
    length = 4 * radius
    made = cell(settings, disc((length / 2, 0.0), radius, delta))
    state, domain, lithium = made.f, made.domain.mesh, settings.lithium_metal
    space = state.phi.function_space
    # the far field is imposed on φ_ion: the electrodes' own conditions are replaced
    made.charge.bcs.clear()
    for side, value in (("left", 0.0), ("right", field * length)):
        dofs = fem.locate_dofs_topological(space.sub(IONIC), 1, made.domain.side(side))
        bc = fem.dirichletbc(fem.Constant(domain, value), dofs, space.sub(IONIC))
        made.charge.bcs.append(bc)
    state.phi.x.array[:] = field * length / 2
    solver = BalanceSolver(
        made.charge, "the charge around an inclusion", options=CHARGE, tolerance=1e-8,
        reference=sigma * field * radius, passing=passing_current, max_iterations=20,
        prefix="bipolar_",
    )  # fmt: skip
    split = Stepper(made)
    made.laws.dt.value = dt = 0.25 / (lithium.L_xi * lithium.W)
    x = ufl.SpatialCoordinate(domain)
    plating = made.laws.lithium.transferred_charge(
        state.xi, made.laws.rate(state.phi), made.laws.dt
    )
    right = ufl.conditional(ufl.gt(x[0], length / 2), 1.0, 0.0)
    for _ in range(40):
        split.predict_middle(dt)
        split.update_allen_cahn_rate(dt)
        solver.solve()
        plated = integral(fem.form(right * plating * made.m.nodes))
        stripped = integral(fem.form((1 - right) * plating * made.m.nodes))
        moment = integral(fem.form((x[0] - length / 2) * plating * made.m.nodes))
        split.advance_lithium(dt)
    half = 2 * sigma * field * radius / (1 + wagner)  # ∫ over a quarter circle
    assert plated == pytest.approx(half, rel=0.05)
    assert stripped == pytest.approx(-half, rel=0.05)
    assert abs(plated + stripped) < 1e-6 * half
    # rigid translation: d/dt ∫ m x = area × U
    area = math.pi * radius**2 / 2
    drift = moment / (FARADAY * lithium.c_Li) / area
    exact = 2 * sigma * field * lithium.molar_volume / (FARADAY * (1 + wagner))
    assert drift == pytest.approx(exact, rel=0.05)
