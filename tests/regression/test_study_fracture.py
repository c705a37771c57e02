"""Plates that break, run from YAML, against closed forms of AT1, AT2 and of Griffith."""

import numpy as np
import pytest

from dendrolith.physics.griffith import centre_notch_stress
from dendrolith.simulation import Simulation, march
from dendrolith.studies.fracture.study import FractureStudy
from dendrolith.studies.register import load
from tests.studies import CONFIGS, assert_resumes, run, verbs

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "fracture" / "notched_plate.yaml"
STRESS, PLACE, WORK = "mean_stress [Pa]", "displacement [m]", "work [J/m]"
ELASTIC, FRACTURE, DAMAGE = "elastic_energy [J/m]", "fracture_energy [J/m]", "largest_damage [1]"

MODULUS = 22.1e9 / (1 - 0.37**2)  # E′, plane strain
TOUGHNESS = 2.07

HOMOGENEOUS = 0.01  # of the strength of a homogeneous plate
GRIFFITH = 0.10  # of the peak of a notched plate
LOST = 1e-3  # part of the energy that steps may create

# A notch of 8 ℓ: far from Griffith, but it breaks in a minute of sweeps.
SMALL = (
    "geometry.width=64 um", "geometry.height=98 um", "geometry.mesh_size=2 um",
    "geometry.notch=32 um", "geometry.band=98 um", "damage.length=4 um", "time.max_step=10 s",
    "time.first_step=10 s",
)  # fmt: skip


def damage_at(model, strain, ell):
    """Damage of a homogeneous plate on h = ℓ/4, and its strength [Pa]."""
    toughness = TOUGHNESS / (1 + {"AT1": 3 / 8, "AT2": 1 / 2}[model] / 4)  # that is solved with
    drive = MODULUS * strain**2 * ell / toughness
    if model == "AT1":
        strength = np.sqrt(3 * MODULUS * toughness / (8 * ell))
        return 1 - np.minimum(1, 3 / 8 / np.maximum(drive, 1e-30)), strength
    return drive / (1 + drive), 9 / 16 * np.sqrt(MODULUS * toughness / (3 * ell))


@pytest.mark.parametrize("model", ["AT1", "AT2"])
def test_homogeneous_plate_has_its_strength(tmp_path, model):
    """σ = (1 − d)² E′ε with the damage of that strain; its largest value is what `check` prints."""
    path = tmp_path / "plain.yaml"
    lines = CONFIG.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.lstrip().startswith(("notch:", "band:"))]
    path.write_text("\n".join(kept), encoding="utf-8")
    changes = (
        "geometry.width=4 um", "geometry.height=5 um", "geometry.mesh_size=1 um",
        "damage.length=4 um", f"damage.model={model}", "time.end=18 s", "time.max_change=0.02",
        "time.max_step=0.2 s", "time.first_step=0.2 s", "time.jump_step=0.01 s",
        "staggering.tolerance=1e-6",
    )  # fmt: skip
    found = run(path, tmp_path / "run", *changes)
    strain = found[PLACE] / 5e-6
    damage, strength = damage_at(model, strain, 4e-6)
    exact = (1 - damage) ** 2 * MODULUS * strain
    peak = found[STRESS].argmax()
    assert 0 < peak < len(strain) - 1
    assert found[STRESS][peak] == pytest.approx(strength, rel=HOMOGENEOUS)
    printed = dict(FractureStudy().numbers(load(path, changes)))["strength sigma_c"]
    assert printed == f"{strength / 1e6:.4g} MPa"
    np.testing.assert_allclose(found[STRESS][:peak], exact[:peak], rtol=HOMOGENEOUS)
    np.testing.assert_allclose(found[DAMAGE][:peak], damage[:peak], atol=0.02)


@pytest.mark.slow
def test_notched_plate_breaks_at_the_load_of_griffith(tmp_path):
    """K_I = Y σ √(πa) = √(E′G_c), Y of Feddersen."""
    found = run(CONFIG, tmp_path / "run")
    stress = centre_notch_stress(MODULUS, TOUGHNESS, 48e-6, 96e-6)
    peak = found[STRESS].argmax()
    assert found[STRESS][-1] < 0.97 * found[STRESS][peak]  # it was a peak: the crack runs
    assert found[STRESS][peak] == pytest.approx(stress, rel=GRIFFITH)
    check_energy(found)


def check_energy(found):
    """What is stored and what the crack took is at most the work done."""
    total = found[ELASTIC] + found[FRACTURE]
    begin = total[0] - found[WORK][0]
    assert np.all(total - begin - found[WORK] <= LOST * total)


@pytest.mark.slow
def test_longer_notches_come_nearer_to_griffith(tmp_path):
    """What AT2 softens around the notch counts less and less: 8, 16 and 32 ℓ."""
    errors = []
    for a in (8.0, 16.0, 32.0):
        found = run(
            CONFIG, tmp_path / str(a), f"geometry.width={2 * a} um", f"geometry.notch={a} um",
            f"geometry.height={5 * a} um", "time.end=190 s", "time.max_step=5 s",
        )  # fmt: skip
        assert found[STRESS][-1] < found[STRESS].max()
        stress = centre_notch_stress(MODULUS, TOUGHNESS, 1e-6 * a, 2e-6 * a)
        errors.append(abs(found[STRESS].max() / stress - 1))
    assert errors[0] > errors[1] > errors[2]


def test_damage_never_falls_and_no_energy_is_made(tmp_path):
    """Loaded until the crack has begun to grow, unloaded and pushed together.

    The work is a sum over steps, off by the square of their length: 1.0e-3 at 10 s, 0.3e-3 at 5 s.
    """
    changes = (
        *SMALL,
        "loading.turn=140 s",
        "time.end=300 s",
        "output.every=140 s",
        "time.max_step=5 s",
    )
    with Simulation(load(CONFIG, changes)) as simulation:
        damage = simulation.problem.state["d"].x.array
        before, rows = np.zeros_like(damage), []
        for step in march(simulation):
            rows.append(simulation.measure(step))
            assert np.all(damage >= before)
            assert damage.max() <= 1.0
            before[:] = damage
    found = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    check_energy(found)
    grown = found[FRACTURE][-1] - found[FRACTURE][0]
    assert grown > 0.05 * found[FRACTURE][0]
    # a closed crack is stiffer than an open one
    place, stress = found[PLACE], found[STRESS]
    assert place[-1] < 0 < place[-2 - int(np.argmax(place[::-1] > 0))]
    unloading = (place > 0) & (found["time [s]"] > 140)
    assert stress[-1] / place[-1] > 1.2 * (stress[unloading] / place[unloading]).max()


@pytest.mark.slow  # half a minute
def test_a_plate_breaks_to_the_end(tmp_path):
    """The crack jumps through the plate: what is left carries hardly anything.

    The work is a sum over steps: 1.06e-3 of the energy at steps of 10 s, 0.39e-3 at 5 s.
    """
    found = run(CONFIG, tmp_path / "run", *SMALL, "time.max_step=5 s", "time.end=170 s")
    assert found[STRESS][-1] < 0.05 * found[STRESS].max()
    assert np.any(found["running [1]"] == 1)
    check_energy(found)


def test_a_whole_plate_is_two_halves():
    """The sides of both are free, and both are said to break at one stress."""
    few, found, said = (*SMALL, "geometry.mesh_size=4 um", "damage.length=8 um"), [], []
    whole = ("geometry.width=128 um", "geometry.whole=true")
    for changes in (few, (*few, *whole)):
        config = load(CONFIG, (*changes, "time.max_steps=2"))
        said.append(dict(FractureStudy().numbers(config))["notch grows at"])
        with Simulation(config) as simulation:
            found.append([simulation.measure(step)[STRESS] for step in march(simulation)])
    assert said[0] == said[1]
    np.testing.assert_allclose(found[1], found[0], rtol=2e-4)  # diagonals of the whole one lean


@pytest.mark.mpirun
def test_ranks_agree(tmp_path):
    changes = (*SMALL, "time.end=40 s", "staggering.tolerance=1e-6")
    one, two = (run(CONFIG, tmp_path / str(n), *changes, ranks=n) for n in (1, 2))
    for name in (STRESS, ELASTIC, FRACTURE, WORK):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-5)


def test_a_resumed_run_writes_the_same(tmp_path):
    assert_resumes(CONFIG, tmp_path, *SMALL, "time.end=120 s", steps=5)


def test_verbs(tmp_path, capsys):
    verbs("fracture", tmp_path)
    assert "g′(d) ψ⁺ + (G_c/c_w)(w′(d)/ℓ − 2ℓ ∇²d) ≥ 0" in capsys.readouterr().out
