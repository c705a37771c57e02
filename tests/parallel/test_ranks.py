"""The same run on 1, 2 and 3 ranks: equal within solver tolerance. Starts its own mpirun."""

import csv
from pathlib import Path

import adios2
import numpy as np
import pytest

from tests.command import ROOT, in_its_own_process, quietly, settings

pytestmark = [pytest.mark.serial, pytest.mark.mpirun]

CONFIG = ROOT / "configs" / "quickstart.yaml"
# Forces balance to 1e-6 by default: not tight enough to compare ranks at 1e-6.
SMALL = [
    "geometry.height=30 um", "geometry.electrolyte_thickness=40 um", "geometry.mesh_size=1.5 um",
    "lithium_metal.interface_width=6 um", "protrusions.height=8 um", "pores.mean_diameter=7 um",
    "pores.fraction=0.165", "pores.walls.wall_width=3 um", "time.end=0.5 s", "output.every=0.5 s",
    "solver.charge_tolerance=1e-10", "solver.petsc_options=-elastic_ksp_rtol 1e-8",
]  # fmt: skip


def run(ranks: int, out: Path, *more: str, pictures: bool = False) -> list[dict[str, str]]:
    words = ("run", CONFIG, "-q", "--out", out, *settings(*SMALL, *more))
    start = in_its_own_process if pictures else quietly
    finished = start(*words, ranks=ranks)
    assert finished.returncode == 0, finished.stderr
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# Sums over the cell agree to the tolerance of the solvers; extremes over nodal averages and the
# iteration counts depend on how a tolerance is met.
LOOSE = {
    "newton_iterations [1]",
    "krylov_iterations [1]",
    "charge_error [1]",
    "inventory_error [1]",
}


def nodal_fields(out: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coordinates, ξ and ρ of the last output, in the order of the coordinates."""
    with adios2.FileReader(str(out / "fields" / "cell.bp")) as file:
        steps = int(file.available_variables()["xi"]["AvailableStepsCount"])

        def read(name: str, step: int) -> np.ndarray:
            blocks = file.inquire_variable(name)
            parts = []
            for block in range(len(file.all_blocks_info(name)[0])):
                blocks.set_block_selection(block)
                blocks.set_step_selection([step, 1])
                parts.append(np.asarray(file.read(blocks)).reshape(-1))
            return np.concatenate(parts)

        points = read("geometry", 0).reshape(-1, 3)
        xi, rho = read("xi", steps - 1), read("rho", steps - 1)
    order = np.lexsort(np.round(points[:, :2] / 1e-9).T)
    points, first = np.unique(np.round(points[order][:, :2] / 1e-9), axis=0, return_index=True)
    return points, xi[order][first], rho[order][first]


def test_results_do_not_depend_on_the_rank_count(tmp_path):
    reference = run(1, tmp_path / "n1")
    assert len(reference) > 5
    for ranks in (2, 3):
        rows = run(ranks, tmp_path / f"n{ranks}", pictures=ranks == 3)
        assert len(rows) == len(reference)
        for ours, theirs in zip(rows, reference, strict=True):
            for column in set(ours) - LOOSE:
                value, expected = float(ours[column]), float(theirs[column])
                assert value == pytest.approx(expected, rel=1e-6, abs=1e-14), column
            assert float(ours["charge_error [1]"]) < 1e-6
        points, xi, rho = nodal_fields(tmp_path / f"n{ranks}")
        points_1, xi_1, rho_1 = nodal_fields(tmp_path / "n1")
        np.testing.assert_array_equal(points, points_1)
        np.testing.assert_allclose(rho, rho_1, atol=1e-10)
        np.testing.assert_allclose(xi, xi_1, atol=1e-6)
    assert (tmp_path / "n3" / "overview.png").exists()


def test_the_same_ranks_repeat_to_the_last_digit(tmp_path):
    """From three ranks on the order in which messages arrive could matter; it must not."""
    for name in ("first", "again", "once_more"):
        run(3, tmp_path / name, "time.end=0.1 s", "output.every=0.1 s")
    first, *others = (path.read_bytes() for path in tmp_path.glob("*/timeseries.csv"))
    assert others == [first, first]


@pytest.mark.parametrize(
    "changes",
    [
        ("time.scheme=bdf2", "ion_transport.transference_number=0.4",
         "ion_transport.reference_concentration=1 mol/l", "time.end=0.2 s", "output.every=0.2 s"),
        ("noise.amplitude=0.01", "noise.seed=3", "pores.evolution.mobility=1e-17 m^5/(J s)",
         "anisotropy.strength=0.05", "time.end=0.2 s", "output.every=0.2 s"),
        ("elasticity.right=fixed_gap", "elasticity.coupling=overpotential",
         "time.scheme=backward_euler", "time.end=0.2 s", "output.every=0.2 s"),
    ],
    ids=["bdf2-binary", "noise-pores-anisotropy", "fixed-gap-implicit"],
)  # fmt: skip
def test_other_physics_does_not_depend_on_the_rank_count(tmp_path, changes):
    one, two = (run(ranks, tmp_path / f"n{ranks}", *changes) for ranks in (1, 2))
    assert len(one) == len(two) > 3
    for ours, theirs in zip(two, one, strict=True):
        for column in set(ours) - LOOSE:
            value, expected = float(ours[column]), float(theirs[column])
            assert value == pytest.approx(expected, rel=1e-5, abs=1e-12), column
    points, xi, rho = nodal_fields(tmp_path / "n2")
    points_1, xi_1, rho_1 = nodal_fields(tmp_path / "n1")
    np.testing.assert_array_equal(points, points_1)
    np.testing.assert_allclose(rho, rho_1, atol=1e-6)
    np.testing.assert_allclose(xi, xi_1, atol=1e-6)
