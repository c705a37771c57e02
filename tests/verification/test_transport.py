"""Binary electrolyte against closed forms: single-ion limit, limiting current, Sand's time."""

import dataclasses
import math

import numpy as np
import pytest

from dendrolith.control.stages import Stage, Until
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import global_max
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.studies.plating.fields import CONCENTRATION, IONIC
from dendrolith.studies.plating.terminals import counter_current
from tests.cases import LITHIUM, UM, Stepper, cell, config, disc, front, lithium_plated

T, C_0, SIGMA = 298.15, 100.0, 1.0  # K, mol/m³, S/m (tests/cases.py)
LENGTH = 100 * UM


def plane(t_plus: float, stage: Stage, *, delta=0.5 * UM, **changes):
    """A front that hardly moves (lithium is dense) before 100 µm of binary electrolyte.

    Lithium takes up no salt: its ionic conductivity, a regularisation, is lowered for that.
    """
    return config(
        **{
            "geometry__lithium_thickness": 6 * UM, "geometry__electrolyte_thickness": LENGTH,
            "geometry__height": delta / 4, "geometry__mesh_size": delta / 4,
            "lithium_metal__interface_width": delta, "lithium_metal__capillary_mobility": 5e-14,
            "kinetics__exchange_current_density": 1e3, "control": (stage,),
            "ion_transport": BinaryElectrolyte(t_plus, C_0), "time__end": 1e4,
            "materials__lithium": dataclasses.replace(LITHIUM, ionic_conductivity=1e-7),
            "electrodes__ionic_resistance": 1e-8, "electrodes__electronic_resistance": 1e-8,
            **changes,
        }
    )  # fmt: skip


def salt_diffusivity(t_plus: float) -> float:
    """D = 2D₊D₋/(D₊ + D₋) with D± from σ_ion = F²c₀(D₊ + D₋)/RT."""
    total = SIGMA * GAS_CONSTANT * T / (FARADAY**2 * C_0)
    return 2 * t_plus * (1 - t_plus) * total


def concentration(made) -> tuple[np.ndarray, np.ndarray]:
    """(x, c) of the owned nodes in the electrolyte, from 2δ beyond the front on."""
    owned = made.f.scalar_space.dofmap.index_map.size_local
    x = made.f.scalar_space.tabulate_dof_coordinates()[:owned, 0]
    c = made.f.component(CONCENTRATION)[:owned]
    electrolyte = x > 6 * UM + 2 * made.config.lithium_metal.interface_width
    return x[electrolyte] - 6 * UM, c[electrolyte]


def test_single_ion_is_the_limit():
    """t₊ = 1 gives the fields of the single-ion conductor to solver tolerance."""
    fields = []
    for transport in (None, BinaryElectrolyte(1.0, C_0)):
        settings = config(
            ion_transport=transport, geometry__height=16 * UM, geometry__mesh_size=1 * UM,
            kinetics__exchange_current_density=1000.0, lithium_metal__fill_fraction=0.1,
            voltage=0.1, solver__charge_tolerance=1e-11, time__max_steps=20, time__end=5.0,
        )  # fmt: skip
        made = cell(settings, lambda x: np.maximum(front(9 * UM)(x), disc((11 * UM, 0), 4 * UM)(x)))
        split = Stepper(made)
        for _ in split.march():
            pass
        fields.append((made.f.xi.x.array.copy(), made.f.component(IONIC).copy()))
    for single, binary in zip(*fields, strict=True):
        np.testing.assert_allclose(binary, single, atol=1e-9)
    np.testing.assert_allclose(made.f.component(CONCENTRATION), 1.0, atol=1e-9)


@pytest.mark.parametrize("linear", [pytest.param("mumps", marks=pytest.mark.serial), "iterative"])
def test_steady_profile_below_the_limiting_current(linear):
    """∂c/∂x = j(1 − t₊)/(F D c₀): the straight line, at half the limiting current, within 2 %."""
    t_plus = 0.4
    D = salt_diffusivity(t_plus)
    limiting = FARADAY * C_0 * D / (LENGTH * (1 - t_plus))
    j = limiting / 2
    settings = plane(
        t_plus, Stage(current=j), time__end=4 * LENGTH**2 / D, time__max_step=LENGTH**2 / D / 5,
        solver__linear=linear, solver__charge_tolerance=1e-9,
    )  # fmt: skip
    made = cell(settings, front(6 * UM, 0.5 * UM))
    split = Stepper(made)
    for _ in split.march():
        pass
    x, c = concentration(made)
    exact = 1 - j * (1 - t_plus) / (FARADAY * D * C_0) * (LENGTH - x)
    assert global_max(made.domain.comm, np.abs(c - exact)) < 0.02 * 0.5


@pytest.mark.serial  # on ranks: the profile above
def test_limiting_current():
    """0.3 V draw F D c₀/(L (1 − t₊)) = 2 F D₊ c₀/L over the gap left, within 2 %.

    The salt left at the front, c = 0.005, takes 0.5 % off that.
    """
    t_plus = 0.4
    D = salt_diffusivity(t_plus)
    settings = plane(
        t_plus, Stage(voltage=0.3), time__end=4 * LENGTH**2 / D, time__max_step=LENGTH**2 / D / 5
    )
    made = cell(settings, front(6 * UM, 0.5 * UM))
    split, start = Stepper(made), lithium_plated(made)
    for _ in split.march():
        pass
    current = counter_current(split.balance, IONIC) / made.domain.area("right")
    gap = LENGTH - (lithium_plated(made) - start) / settings.lithium_metal.c_Li
    assert gap > 0.97 * LENGTH
    assert current == pytest.approx(FARADAY * C_0 * D / (gap * (1 - t_plus)), rel=0.02)


@pytest.mark.serial
def test_sands_time():
    """Three times the limiting current: the voltage leaves at π D (F c₀/(2j(1 − t₊)))², 2 %."""
    t_plus = 0.4
    D = salt_diffusivity(t_plus)
    j = 3 * FARADAY * C_0 * D / (LENGTH * (1 - t_plus))
    sand = math.pi * D * (FARADAY * C_0 / (2 * j * (1 - t_plus))) ** 2
    settings = plane(
        t_plus, Stage(current=j, until=Until(voltage_above=0.5)), delta=0.25 * UM,
        time__max_step=sand / 200, time__first_step=sand / 1000,
    )  # fmt: skip
    made = cell(settings, front(6 * UM, 0.25 * UM))
    times = [step.time for step in Stepper(made).march()]
    assert times[-1] == pytest.approx(sand, rel=0.02)


@pytest.mark.serial
def test_salt_in_the_front_delays_sands_time():
    """It is that of a layer of 1.05 δ: τ(1 + ½ℓ√(π/(Dτ)))², a delay of 2δ/√(Dτ), to a tenth."""
    t_plus, delta = 0.4, 1 * UM
    D = salt_diffusivity(t_plus)
    j = 3 * FARADAY * C_0 * D / (LENGTH * (1 - t_plus))
    sand = math.pi * D * (FARADAY * C_0 / (2 * j * (1 - t_plus))) ** 2
    settings = plane(
        t_plus, Stage(current=j, until=Until(voltage_above=0.5)), delta=delta,
        time__max_step=sand / 200, time__first_step=sand / 1000,
    )  # fmt: skip
    *_, last = Stepper(cell(settings, front(6 * UM, delta))).march()
    delay = (1 + 1.05 * delta / 2 * math.sqrt(math.pi / (D * sand))) ** 2 - 1
    assert last.time / sand - 1 == pytest.approx(delay, rel=0.1)
    assert delay == pytest.approx(2 * delta / math.sqrt(D * sand), rel=0.1)
