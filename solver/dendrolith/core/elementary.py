"""Elementary functions of numbers, of arrays of them and of UFL expressions alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl
from ufl.core.expr import Expr


def exp(x: Any) -> Any:
    """e^x."""
    return ufl.exp(x) if isinstance(x, Expr) else np.exp(x)


def ln(x: Any) -> Any:
    """Natural logarithm."""
    return ufl.ln(x) if isinstance(x, Expr) else np.log(x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return ufl.tanh(x) if isinstance(x, Expr) else np.tanh(x)
