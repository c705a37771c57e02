"""Anderson's acceleration of a fixed-point iteration x = g(x).

    x′ = g_k − Σ γ_j (g_{j+1} − g_j),   γ minimises ‖f_k − Σ γ_j (f_{j+1} − f_j)‖,   f = g − x

(Walker and Ni 2011, 10.1137/10078356X.)
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from dendrolith.core.parallel import global_sums

FloatArray = npt.NDArray[np.float64]

GROWN = 2.0  # a step that is longer by this than the shortest: what is kept belongs elsewhere
INDEPENDENT = 1e-10  # of the largest singular value of the products of differences: less is noise


class Anderson:
    """Proposes where to go on, from the last values and what the iteration made of them.

    Args:
        comm: communicator.
        owned: how many of the values this rank owns; the others are ghosts.
        depth: differences that are kept; 0: x′ = g.

    Attributes:
        accelerates: x′ is not g, on all ranks.
    """

    def __init__(self, comm: MPI.Comm, owned: int, depth: int) -> None:
        self._comm, self._owned = comm, owned
        self._images: deque[FloatArray] = deque(maxlen=depth + 1)
        self._steps: deque[FloatArray] = deque(maxlen=depth + 1)
        self._shortest = np.inf
        self.accelerates = False

    def forget(self) -> None:
        """Begin anew."""
        self._images.clear()
        self._steps.clear()
        self._shortest = np.inf

    def propose(self, x: FloatArray, image: FloatArray) -> FloatArray:
        """(n_local,) x′ after g(x) = `image` (collective)."""
        step = image - x
        own = step[: self._owned]
        length = float(np.sqrt(global_sums(self._comm, np.array([own @ own]))[0]))
        if length > GROWN * self._shortest:
            self.forget()
        self._shortest = min(length, self._shortest)
        self._images.append(image)
        self._steps.append(step)
        self.accelerates = len(self._steps) > 1
        if not self.accelerates:
            return image
        images, steps = np.array(self._images), np.array(self._steps)
        weights = self._weights(np.diff(steps[:, : self._owned], axis=0), own)
        back = weights @ np.diff(images, axis=0)
        return np.asarray(image - back, dtype=np.float64)

    def _weights(self, differences: FloatArray, last: FloatArray) -> FloatArray:
        """(n,) γ of (n, n_owned) differences (collective)."""
        n = len(differences)
        products = np.column_stack([differences @ differences.T, differences @ last])
        normal = global_sums(self._comm, products)
        found = np.linalg.lstsq(normal[:, :n], normal[:, n], rcond=INDEPENDENT)[0]
        return np.asarray(found, dtype=np.float64)
