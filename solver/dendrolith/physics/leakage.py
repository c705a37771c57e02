"""Electrons that leak through an electrolyte of layers: where they meet ions and reduce them.

    η(x) = V [r_e(x) − r_i(x)],   r(x) = ∫₀ˣ dx/σ / ∫₀ᴸ dx/σ

η  φ_el − φ_ion − E_eq, lithium forms below 0 [V]    V  voltage that drives both currents [V]
r  share of the resistance between the anode and x, of electrons (e) and of ions (i) [1]

In one dimension, with fast electrodes and without lithium in between, both currents are the same at
every x, so that each potential falls as its resistance. η < 0 where electrons get far on little
resistance: behind a leaky layer at the anode, or at the end of a network of boundaries that starts
there. It is largest at an end of a layer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """A slab of an electrolyte.

    Attributes:
        thickness: [m].
        electronic, ionic: conductivities [S/m].
    """

    thickness: float
    electronic: float
    ionic: float


def overpotential(layers: list[Layer], voltage: float, x: float) -> float:
    """η(x) [V] at a distance x from the anode [m].

    Args:
        layers: from the anode on.
        voltage: V between the electrodes, positive [V].
        x: within the layers [m].

    Raises:
        ValueError: x lies outside.
    """
    ends = [0.0]
    for layer in layers:
        ends.append(ends[-1] + layer.thickness)
    if not 0 <= x <= ends[-1]:
        raise ValueError(f"x = {x:g} m lies outside the layers, which end at {ends[-1]:g} m")
    within = [
        min(max(x - start, 0.0), layer.thickness)
        for start, layer in zip(ends, layers, strict=False)
    ]
    electrons, ions = (
        sum(part / sigma for part, sigma in zip(within, of_kind, strict=True))
        / sum(layer.thickness / sigma for layer, sigma in zip(layers, of_kind, strict=True))
        for of_kind in (
            [layer.electronic for layer in layers],
            [layer.ionic for layer in layers],
        )
    )
    return voltage * (electrons - ions)
