"""A crack that runs ahead of the lithium in it: a slot without a mesh.

    crack    2p√(a/π) arcsin(b/a) = K_IC, a never falls: it grows at once
    lithium  db/dt = v_p + B b^{−m},  v_p = V_m j_b/F,  B = 3^{(m+1)/2} A_c p^m H^{m+1}/(m+2)

a  half-length of the crack [m]       b  of the lithium in it [m]      p  pressure of lithium [Pa]
K_IC  fracture toughness [Pa √m]      j_b  current density that plates at its front [A/m²]
A_c, m  creep ε̇ = A_c σ^m [1/(Pa^m s)]      H  half of the slot's height [m]

Lithium is pressed only where it is: a crack partly filled arrests at a finite a/b, dry beyond b.
With v_p = 0 lithium creeps as b ∝ t^{1/(m+1)} and all but stops. The window is the time from the
crack through the electrolyte to the lithium through it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

FloatArray = npt.NDArray[np.float64]

CLOSED = 1e-3  # of the time of lithium: a shorter window is none


def arrest_ratio(excess: float) -> float:
    """a/b [1] at which a crack pressed on |x| < b arrests; 1 where the pressure is too low.

    Args:
        excess: pressure over that at which the filled crack 2b grows, K_IC/√(πb) [1].
    """
    if excess <= 1:
        return 1.0
    longest = (2 * excess / math.pi) ** 2  # a/b where b ≪ a; else at most four times as much
    part = brentq(
        lambda s: 2 / math.pi * math.asin(s) / math.sqrt(s) - 1 / excess,
        0.25 / longest,
        1,
        xtol=1e-12 / longest,
    )
    return 1 / float(part)


def length_to_cross(thickness: float, pressure: float, toughness: float) -> float:
    """Lithium b_c [m] with which an edge crack crosses an electrolyte; ∞ where it cannot.

    Args:
        thickness: of the electrolyte [m].
        pressure: of the lithium [Pa].
        toughness: K_IC [Pa √m].
    """
    angle = toughness / (2 * pressure) * math.sqrt(math.pi / thickness)
    return thickness * math.sin(angle) if angle < math.pi / 2 else math.inf


@dataclass(frozen=True, slots=True)
class Slot:
    """Lithium that plates at the front of a slot and creeps along it.

    Attributes:
        plating: v_p [m/s].
        creep: A_c [1/(Pa^m s)]; 0: lithium does not flow.
        exponent: m [1].
        half_height: H [m].
        pressure: p [Pa].
    """

    plating: float
    creep: float
    exponent: float
    half_height: float
    pressure: float

    @property
    def flow(self) -> float:
        """B [m^{m+1}/s]."""
        m = self.exponent
        stress = self.creep * self.pressure**m
        return float(3 ** ((m + 1) / 2) * stress * self.half_height ** (m + 1) / (m + 2))

    def speed(self, b: float) -> float:
        """db/dt [m/s]."""
        return float(self.plating + self.flow * b**-self.exponent)

    def filled(self, times: FloatArray) -> FloatArray:
        """Where b is [m] at times [s] from b = 0, by creep alone: [(m+1) B t]^{1/(m+1)}."""
        m = self.exponent
        found: FloatArray = ((m + 1) * self.flow * times) ** (1 / (m + 1))
        return found


@dataclass(frozen=True, slots=True)
class Race:
    """A crack from one electrode and the lithium in it, through time.

    Attributes:
        time: (n,) [s].
        crack, lithium: (n,) a and b [m].
        crack_through, lithium_through: when each crosses [s]; ∞ where it does not.
    """

    time: FloatArray
    crack: FloatArray
    lithium: FloatArray
    crack_through: float
    lithium_through: float

    @property
    def window(self) -> float:
        """Time between both [s]; nan where the crack does not cross."""
        if math.isinf(self.crack_through):
            return math.nan
        return self.lithium_through - self.crack_through

    @property
    def verdict(self) -> str:
        """Whether there is a dry window, in words."""
        if math.isinf(self.crack_through):
            grown = self.crack[-1] > self.crack[0]
            return "no window: " + (
                "the crack does not cross in this time"
                if grown
                else "the flaw does not grow at this pressure"
            )
        if math.isinf(self.lithium_through):
            return "a window without an end: lithium does not arrive in this time"
        if self.window <= CLOSED * self.lithium_through:
            return "no window: lithium crosses with the crack"
        return f"a window of {self.window:.3g} s, dry over {1e6 * self.dry_length:.3g} um"

    @property
    def dry_length(self) -> float:
        """Largest length of crack without lithium [m]."""
        return float((self.crack - self.lithium).max())


def race(
    slot: Slot, *, flaw: float, thickness: float, toughness: float, end: float, points: int = 1000
) -> Race:
    """Follow a flaw full of lithium until lithium crosses the electrolyte, or to `end` [s].

    A flaw that is not pressed hard enough stays as it is: lithium has nowhere to go.

    Args:
        slot: how lithium moves.
        flaw: its length at the start [m].
        thickness: of the electrolyte [m].
        toughness: K_IC [Pa √m].
        end: longest time [s].
        points: of the result.
    """

    def crack_of(b: float) -> float:
        grown = b * arrest_ratio(slot.pressure * math.sqrt(math.pi * b) / toughness)
        return min(grown, thickness)

    def through(_: float, b: FloatArray) -> float:
        return float(b[0]) - thickness

    through.terminal = True  # type: ignore[attr-defined]
    if crack_of(flaw) <= flaw:
        still: FloatArray = np.full(points, flaw)
        times: FloatArray = np.asarray(np.linspace(0.0, end, points))
        return Race(times, still, still, math.inf, math.inf)
    found = solve_ivp(
        lambda _, b: [slot.speed(float(b[0]))], (0.0, end), [flaw],
        events=through, dense_output=True, rtol=1e-9, atol=1e-9 * flaw,
    )  # fmt: skip
    time = np.linspace(0.0, found.t[-1], points)
    lithium = found.sol(time)[0]
    crack = np.maximum.accumulate([crack_of(float(b)) for b in lithium])
    crossed = length_to_cross(thickness, slot.pressure, toughness)
    begins = 0.0 if flaw >= crossed else math.inf
    if flaw < crossed <= lithium[-1]:
        begins = float(brentq(lambda t: found.sol(t)[0] - crossed, 0.0, found.t[-1]))
    arrives = float(found.t_events[0][0]) if len(found.t_events[0]) else math.inf
    return Race(time, crack, lithium, begins, arrives)
