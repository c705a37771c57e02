"""When the stress is solved again: by what it has to do with the rate of lithium."""

import numpy as np
import pytest

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.physics.elasticity import Elasticity
from dendrolith.studies.plating.stress import Stress
from dendrolith.studies.plating.stress_effect import StressEffect
from tests.cases import UM, Stepper, cell, config, front

T = 298.15  # K (tests/cases.py)


def flat(**elasticity):
    """A flat front under 5 MPa, a step after the start."""
    settings = config(
        elasticity=Elasticity(pressure=5e6, **elasticity), geometry__height=4 * UM,
        geometry__mesh_size=0.5 * UM, kinetics__exchange_current_density=1000.0,
        lithium_metal__fill_fraction=0.05, time__end=1.0,
    )  # fmt: skip
    made = cell(settings, front(10 * UM))
    stepper = Stepper(made)
    stepper.start(1e-3)
    stepper.advance(1e-2)
    stepper.accept()
    return made, stepper


def effect_of(made):
    return StressEffect(made.laws, made.nodal_volume, made.f.xi_middle, made.lithium.forces)


def test_share_of_an_overpotential_is_that_of_the_rate_it_changes():
    """χ V_m P_m/RT where lithium moves; the pressure on a flat front hardly varies there."""
    made, _ = flat(coupling="overpotential", stress_coupling=3.0)
    f, metal = made.f, made.config.lithium_metal
    owned = f.scalar_space.dofmap.index_map.size_local
    volume, rate = made.nodal_volume.array, np.abs(f.rate.x.array[:owned])
    pressure = np.abs(f.pressure.x.array[:owned])
    comm = made.domain.comm
    mean = comm.allreduce(np.sum(volume * rate * pressure)) / comm.allreduce(np.sum(volume * rate))
    expected = 3.0 * metal.molar_volume * mean / (GAS_CONSTANT * T)
    assert expected > 3.0 * metal.molar_volume * 1e6 / (FARADAY * 1.0)  # some megapascals
    assert effect_of(made).share() == pytest.approx(expected, rel=1e-6)


def test_share_of_a_force_grows_with_its_coupling():
    """In proportion, at one lithium and one stress."""
    shares = []
    for coupling in (1.0, 2.0):
        made, _ = flat(coupling="driving_force", stress_coupling=coupling)
        made.f.rate.x.array[:] = made.f.xi.x.array * (1 - made.f.xi.x.array)
        shares.append(effect_of(made).share())
    assert shares[1] == pytest.approx(2 * shares[0], rel=1e-2)


def test_distance_of_a_flat_front_is_its_way_in_interface_widths():
    made, _ = flat()
    delta = made.config.lithium_metal.interface_width
    made.f.xi_middle.interpolate(front(10 * UM))
    for way in (0.05, 0.2):
        made.f.xi_stressed.interpolate(front(10 * UM + way * delta))
        assert effect_of(made).distance() == pytest.approx(way, rel=0.02)


def test_a_stress_that_matters_more_is_solved_more_often():
    """Solves until 0.5 s at couplings of 0 and 300, and with a checkpoint's share put back."""
    solves = []
    for coupling in (0.0, 300.0):
        _, stepper = flat(coupling="overpotential", stress_coupling=coupling)
        stress = stepper.block(Stress)
        kept = stress.save()
        stress.restore(kept)
        assert stress.save().numbers == kept.numbers
        solves.append(0)
        for step in stepper.march():
            solves[-1] += step.report.number("elastic_iterations") > 0
            if step.time > 0.5:
                break
    assert solves[1] > 1.5 * solves[0] > 0
