"""Pores of a picture: distance, orientation, grey values, and what is refused."""

import dataclasses
import logging

import numpy as np
import pytest
from mpi4py import MPI
from PIL import Image

from dendrolith import load
from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import from_root
from dendrolith.domain.box import create_box
from dendrolith.domain.image import read_grey
from dendrolith.fields.volume_below import VolumeBelow
from dendrolith.physics.pores import PoreWalls
from dendrolith.shapes.image import ImagePhase
from dendrolith.shapes.shape import difference
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.initial import initial_lithium, initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.pore_image import describe_pores, read_pores
from dendrolith.studies.plating.schema import Geometry, Pores, Protrusions
from tests.cases import UM, config

GEOMETRY = Geometry(10 * UM, 40 * UM, 30 * UM, 1 * UM)
CENTRE, RADIUS = (36 * UM, 12 * UM), 6 * UM  # of a pore in the cell
COMM = MPI.COMM_WORLD


def disc_image(per_um: int, *, smooth: bool, centre=CENTRE, radius=RADIUS) -> np.ndarray:
    """(rows, columns) grey values 0 … 1 of a dark disc, the first row the highest."""
    x = (np.arange(40 * per_um) + 0.5) / per_um * UM + 10 * UM
    y = ((np.arange(30 * per_um) + 0.5) / per_um * UM)[::-1]
    d = np.hypot(x[None, :] - centre[0], y[:, None] - centre[1]) - radius
    return np.clip(0.5 + 0.5 * d * per_um / UM, 0, 1) if smooth else (d > 0).astype(float)


def save(grey: np.ndarray, path, *, bits: int = 8) -> str:
    kind, full = {8: (np.uint8, 255), 16: (np.uint16, 65535)}[bits]
    Image.fromarray(np.rint(full * grey).astype(kind)).save(path)
    return str(path)


def pores_of(path: str, **changes) -> Pores:
    return Pores(image=path, walls=PoreWalls(3 * UM), access="blocked", **changes)


@pytest.mark.parametrize(("smooth", "error"), [(True, 0.3), (False, 0.75)])
def test_distance_is_that_of_the_disc(tmp_path, smooth, error):
    """Grey edges to a third of a pixel of 1 µm, black and white ones, with steps, to one."""
    path = save(disc_image(1, smooth=smooth), tmp_path / "a.png")
    phase = read_pores(GEOMETRY, pores_of(path))
    x = np.random.default_rng(0).uniform((14, 4), (46, 26), (400, 2)).T * UM
    exact = np.hypot(x[0] - CENTRE[0], x[1] - CENTRE[1]) - RADIUS
    away = np.abs(exact) < 4 * UM
    assert np.abs(phase.distance(x) - exact)[away].max() < error * UM
    assert phase.fraction == pytest.approx(np.pi * 36 / 1200, rel=0.02)
    label, radii = phase.pieces()
    assert label.max() == 1
    assert radii[0] == pytest.approx(RADIUS, abs=error * UM)


def test_finer_pixels_find_the_disc_better(tmp_path):
    errors = []
    for per_um in (1, 2, 4):
        path = save(disc_image(per_um, smooth=True), tmp_path / f"{per_um}.png", bits=16)
        phase = read_pores(GEOMETRY, pores_of(path))
        x = CENTRE[0] + RADIUS * np.cos(turn := np.linspace(0, 7, 200))
        y = CENTRE[1] + RADIUS * np.sin(turn)
        errors.append(float(np.abs(phase.distance(np.stack([x, y]))).max()))
    assert errors[0] < 0.3 * UM
    assert errors[2] < 0.4 * errors[0]


def test_pixels_need_not_be_square():
    inside = np.ones((30, 80))
    inside[:, 40:] = -1.0
    phase = ImagePhase.of(inside, (0.0, 0.0), (40.0, 30.0))
    x = np.array([[5.0, 19.0, 20.0, 21.5, 33.0], [3.0] * 5])
    np.testing.assert_allclose(phase.distance(x), x[0] - 20, atol=1e-9)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I;16", "1"])
def test_grey_values_of_all_modes(tmp_path, mode):
    grey = np.zeros((4, 6))
    grey[:2] = 1.0  # the upper half is white
    if mode == "I;16":
        save(grey, tmp_path / "a.png", bits=16)
    else:
        Image.fromarray(np.uint8(255 * grey)).convert(mode).save(tmp_path / "a.png")
    found = read_grey(tmp_path / "a.png")
    assert found.shape == (4, 6)
    np.testing.assert_allclose(found[:2], 0.0, atol=1e-6)
    np.testing.assert_allclose(found[2:], 1.0, atol=1e-6)


def test_other_formats_are_read(tmp_path):
    Image.fromarray(np.uint8([[0, 51], [102, 255]])).save(tmp_path / "a.tif")
    np.testing.assert_allclose(read_grey(tmp_path / "a.tif"), [[0.4, 1.0], [0.0, 0.2]])


def test_numbers_of_32_bits_are_read_as_they_are(tmp_path):
    """Floats from 0 to 1, as programs of image analysis save them; others are no grey values."""
    grey = np.array([[0.0, 0.2], [0.4, 1.0]])
    Image.fromarray(np.float32(grey)).save(tmp_path / "a.tif")
    np.testing.assert_allclose(read_grey(tmp_path / "a.tif"), grey[::-1], atol=1e-6)
    for wrong in (
        np.float32(255 * grey), np.float32(grey - 0.5), np.float32([[0, np.nan], [1, 1]]),
        np.float32([[0, np.inf], [1, 1]]), np.int32(60_000 * grey), np.int32(-5 * grey),
    ):  # fmt: skip
        Image.fromarray(wrong).save(tmp_path / "b.tif")
        with pytest.raises(ConfigError, match="save it with 8 or 16 bits a pixel"):
            read_grey(tmp_path / "b.tif")


def test_threshold_and_what_is_dark(tmp_path):
    """A label picture: 0, 1 and 2 of 255."""
    labels = np.zeros((30, 40))
    labels[:, 20:], labels[:, 30:] = 1 / 255, 2 / 255
    path = save(labels, tmp_path / "a.png")
    for threshold, dark, fraction in (
        (0.5 / 255, None, 0.5), (1.5 / 255, "pore", 0.75), (1.5 / 255, "solid", 0.25),
    ):  # fmt: skip
        phase = read_pores(GEOMETRY, pores_of(path, threshold=threshold, dark_is=dark))
        assert phase.fraction == pytest.approx(fraction, abs=0.01)
    for dark, left in (("pore", "nothing but pore"), ("solid", "no pore")):
        wanted = rf"{path}: threshold 0.5 leaves {left}: its grey values lie from 0 to 0.00784"
        with pytest.raises(ConfigError, match=wanted):
            read_pores(GEOMETRY, pores_of(path, dark_is=dark))


def test_files_that_are_no_pictures_are_refused(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    (tmp_path / "b.png").write_bytes(b"")
    save(np.zeros((1, 5)), tmp_path / "c.png")
    whole = tmp_path / "d.png"
    save(disc_image(2, smooth=True), whole)
    (tmp_path / "e.png").write_bytes(whole.read_bytes()[:200])
    for name, complaint in (
        ("gone.png", "is no file: give the path of a picture"),
        ("a.png", "cannot be read as a picture: .*: save it as PNG"),
        ("b.png", "cannot be read as a picture"), ("c.png", "is no picture of two by two pixels"),
        ("e.png", "cannot be read as a picture"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=complaint):
            read_grey(tmp_path / name)


def test_pores_end_where_lithium_begins(tmp_path):
    path = save(disc_image(2, smooth=True, centre=(12 * UM, 15 * UM)), tmp_path / "a.png")
    phase = read_pores(GEOMETRY, pores_of(path))
    lithium = initial_lithium(GEOMETRY, Protrusions(1, 4 * UM, 6 * UM))
    pore = difference(phase, lithium)
    x = np.array([[5, 11, 17, 9.9, 14.1], [15, 15, 15, 10, 15]]) * UM
    assert list(pore.distance(x) < 0) == [False, False, True, False, True]
    _, *notes = describe_pores(phase, pores_of(path))
    assert any("1 of 1 pores touch the foil: they end where lithium begins" in n for n in notes)


def test_notes(tmp_path):
    coarse = save(disc_image(1, smooth=False)[::2, ::3], tmp_path / "a.png")
    pores = dataclasses.replace(pores_of(coarse), walls=PoreWalls(2 * UM))
    notes = "\n".join(describe_pores(read_pores(GEOMETRY, pores), pores))
    assert "pixels are not square" in notes
    assert "pixels are larger than half of wall_width 2 um" in notes
    small = save(disc_image(2, smooth=True, radius=2 * UM), tmp_path / "b.png")
    notes = "\n".join(describe_pores(read_pores(GEOMETRY, pores_of(small)), pores_of(small)))
    assert "1 of 1 pores are narrower than 2 wall_width" in notes


def test_a_cell_has_the_pores_of_its_picture(tmp_path, caplog):
    """ρ < 0 in the area of the picture's pores, on any number of ranks; it is read on one."""
    path = from_root(COMM, str(tmp_path / "a.png"))
    if COMM.rank == 0:
        save(disc_image(4, smooth=True), path)
    model = Model(config(geometry=GEOMETRY, pores=pores_of(path)), create_box(COMM, GEOMETRY))
    with caplog.at_level(logging.INFO):
        initialise(model)
    assert f"area fraction 0.0943, from {path}" in caplog.text
    rho, volume = model.f.rho.x.array, model.nodal_volume.array
    x = model.f.scalar_space.tabulate_dof_coordinates()
    enclosed = VolumeBelow(model.f.scalar_space)(rho)
    assert enclosed == pytest.approx(0.0943 * 40 * 30 * UM**2, rel=1e-3)  # the log says 0.0943
    assert enclosed == pytest.approx(np.pi * RADIUS**2, rel=0.01)
    inside = rho[: volume.size] < 0
    away = np.hypot(x[: volume.size, 0] - CENTRE[0], x[: volume.size, 1] - CENTRE[1])
    assert away[inside].max(initial=0.0) < RADIUS + UM


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, ("pores.fraction", "give fraction and mean_diameter for random pores, or image")),
        ({"fraction": 0.1}, ("pores.mean_diameter", "is missing: the other of the two is given")),
        ({"image": "a.png", "fraction": 0.1}, ("pores.fraction", "does nothing beside image")),
        ({"image": "a.png", "seed": 3}, ("pores.seed", "does nothing beside image")),
        ({"fraction": 0.1, "mean_diameter": 8 * UM, "threshold": 0.4},
         ("pores.threshold", "does nothing without image")),
        ({"fraction": 0.1, "mean_diameter": 8 * UM, "dark_is": "solid"},
         ("pores.dark_is", "does nothing without image")),
        ({"image": "a.png", "geometry": {"depth": 30 * UM}}, ("pores.image", "a slice, for a 2-D")),
        ({"image": "a.png", "geometry": {"periodic": True}}, ("pores.image", "do not continue")),
    ],
)  # fmt: skip
def test_exactly_one_way_to_say_pores(changes, complaint):
    geometry = dataclasses.replace(GEOMETRY, **changes.pop("geometry", {}))
    pores = Pores(walls=PoreWalls(3 * UM), access="blocked", **changes)
    found = inconsistencies(config(geometry=geometry, pores=pores))
    key, words = complaint
    assert any(where == key and words in problem for where, problem in found), found


def test_the_picture_is_found_beside_the_input(tmp_path, monkeypatch):
    from tests.unit.test_config import QUICKSTART

    save(disc_image(2, smooth=True), tmp_path / "slice.png")
    text = QUICKSTART.read_text(encoding="utf-8")
    text = text.replace("  fraction: 0.1625", "  image: slice.png #").replace("  seed: 3\n", "")
    text = "\n".join(line for line in text.splitlines() if "mean_diameter" not in line)
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "case.yaml").pores.image == str(tmp_path / "slice.png")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"pores.image: 'slice.png' is no file in .*other or in the"
    ):
        load(tmp_path / "other" / "case.yaml")
    monkeypatch.chdir(tmp_path)
    assert load(tmp_path / "other" / "case.yaml").pores.image == str(tmp_path / "slice.png")
