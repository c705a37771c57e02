"""The sharp crack of the cell in which lithium plates: Griffith's pressure by finite elements.

    K_I² = E′ dW/da,  W = p ∫w dx over the pressed part, at a fixed p;  p_c = K_IC p/K_I

An edge crack from the foil on, pressed where lithium is, in a plane cell whose left side is held
and whose other sides are free. Bilinear elements on one half of the cell; W from two lengths 2h
apart. The pressure of a filled flaw of 44 µm changes by 1 % from h = 2 to 1 µm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve

FloatArray = npt.NDArray[np.float64]

GAUSS = 1 / np.sqrt(3)
ORDERING = "MMD_AT_PLUS_A"


@dataclass(frozen=True, slots=True)
class SharpCell:
    """Half of a cell, cut along its crack.

    Attributes:
        length, half_height, foil: its size and the thickness of its foil [m].
        lithium, electrolyte: (E, ν) of each [Pa, 1].
        h: mesh size, of which all lengths are multiples [m].
    """

    length: float
    half_height: float
    foil: float
    lithium: tuple[float, float]
    electrolyte: tuple[float, float]
    h: float

    def critical_pressure(self, crack: float, lithium: float, toughness: float) -> float:
        """Pressure at which a crack grows that is pressed from the foil on [Pa].

        Args:
            crack: its length [m].
            lithium: length that is pressed [m].
            toughness: K_IC [Pa √m].
        """
        E, nu = self.electrolyte
        works = [self._work(crack + step, lithium) for step in (-self.h, self.h)]
        release = (works[1] - works[0]) / (2 * self.h)  # of both halves, at 1 Pa
        return float(toughness / np.sqrt(E / (1 - nu**2) * release))

    def _work(self, crack: float, lithium: float) -> float:
        """∫w dx over the pressed part at 1 Pa, w the opening of one flank [m³/Pa]."""
        nx, ny = round(self.length / self.h), round(self.half_height / self.h)
        number = np.arange((nx + 1) * (ny + 1)).reshape(nx + 1, ny + 1)
        i, j = (index.ravel() for index in np.meshgrid(range(nx), range(ny), indexing="ij"))
        corners = [number[i, j], number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]]
        nodes = np.stack(corners, axis=1)
        dofs = np.stack([2 * nodes, 2 * nodes + 1], axis=2).reshape(-1, 8)
        of_foil = ((i + 0.5) * self.h < self.foil)[:, None, None]
        cells = np.where(of_foil, _stiffness(*self.lithium), _stiffness(*self.electrolyte))
        rows, columns = np.repeat(dofs, 8, axis=1).ravel(), np.tile(dofs, (1, 8)).ravel()
        K = csc_matrix((cells.ravel(), (rows, columns)), shape=(2 * number.size,) * 2)
        x, near = np.arange(nx + 1) * self.h, 1e-6 * self.h
        closed = (x < self.foil - near) | (x > self.foil + crack - near)
        held = np.concatenate([2 * number[0], 2 * number[0] + 1, 2 * number[closed, 0] + 1])
        end = self.foil + lithium
        pressed = np.minimum(x + self.h / 2, end) - np.maximum(x - self.h / 2, self.foil)
        load = np.zeros(2 * number.size)
        load[2 * number[:, 0] + 1] = np.maximum(pressed, 0.0)
        free = np.setdiff1d(np.arange(2 * number.size), held)
        return float(load[free] @ spsolve(K[free][:, free], load[free], ORDERING))


def _stiffness(E: float, nu: float) -> FloatArray:
    """(8, 8) stiffness of a square in plane strain [Pa]; its size does not matter."""
    first, second = E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))
    law = np.array([[first + 2 * second, first, 0], [first, first + 2 * second, 0], [0, 0, second]])
    found = np.zeros((8, 8))
    for s in (-GAUSS, GAUSS):
        for t in (-GAUSS, GAUSS):
            along = np.array([t - 1, 1 - t, 1 + t, -1 - t]) / 2
            across = np.array([s - 1, -1 - s, 1 + s, 1 - s]) / 2
            B = np.zeros((3, 8))
            B[0, 0::2], B[1, 1::2], B[2, 0::2], B[2, 1::2] = along, across, across, along
            found += B.T @ law @ B / 4
    return found
