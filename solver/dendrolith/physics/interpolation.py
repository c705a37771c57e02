"""Double well, interpolation and metal fraction, and how bulk properties are blended.

    g(ξ) = ξ²(1−ξ)²        h(ξ) = ξ³(6ξ² − 15ξ + 10)        s(ρ) = (1 + ρ)/2
    m(ξ) = h( (ξ − ξ_c)/(1 − 2ξ_c) )  clamped to [0, 1]
    X = h X_Li + (1 − h)(s X_SE + (1 − s) X_pore)

ξ  lithium order parameter, 1 in lithium [1]      ρ  solid/pore order parameter, ±1 [1]
m  metal fraction: how much lithium, and with it how much electronic conduction, a point holds [1]

h and s of properties take *clamped* values; the fields themselves are never clipped. m is odd about
ξ = 1/2, so a flat front holds exactly as much lithium as ∫ξ says. Why m and not ξ or h carries the
charge is derived in solver/theory.md ("Opening the electronic path").

Cubes and higher powers are written as products: a call of pow() takes longer than all the rest.
"""

from typing import Any

import ufl

Expr = Any  # UFL is not typed


def clamp(x: Expr) -> Expr:
    """Return x limited to [0, 1]."""
    return ufl.max_value(0.0, ufl.min_value(x, 1.0))


def double_well(xi: Expr) -> Expr:
    """g(ξ), minima at 0 and 1."""
    return xi**2 * (1 - xi) ** 2


def interpolation(xi: Expr) -> Expr:
    """h(ξ), from 0 to 1 with zero slope and curvature at both ends."""
    return xi * xi * xi * (xi * (6 * xi - 15) + 10)


def interpolation_prime(xi: Expr) -> Expr:
    """h′(ξ) = 30 ξ²(1−ξ)², never negative."""
    return 30 * xi**2 * (1 - xi) ** 2


def lithium_fraction(xi: Expr) -> Expr:
    """Fraction h of the clamped ξ, for properties."""
    return interpolation(clamp(xi))


def solid_fraction(rho: Expr) -> Expr:
    """Fraction s of the clamped ρ, for properties."""
    return clamp((1 + rho) / 2)


def metal_fraction(xi: Expr, threshold: Expr) -> Expr:
    """m(ξ): 0 below `threshold`, 1 above 1 − `threshold`."""
    return interpolation(clamp((xi - threshold) / (1 - 2 * threshold)))


def metal_fraction_prime(xi: Expr, threshold: Expr) -> Expr:
    """m′(ξ), zero outside the range in which m changes; h′ where `threshold` is zero."""
    width = 1 - 2 * threshold
    return interpolation_prime(clamp((xi - threshold) / width)) / width


def metal_fraction_rate(xi: Expr, r: Expr, dt: Expr, threshold: Expr) -> Expr:
    """[m(ξ + r Δt) − m(ξ)]/Δt without the cancellation that small steps would suffer.

    h(b) − h(a) is the polynomial h[a, b] times b − a, and b − a over Δt is known exactly unless the
    clamp acts in between.
    """
    a = (xi - threshold) / (1 - 2 * threshold)
    b = (xi + dt * r - threshold) / (1 - 2 * threshold)
    inside = ufl.And(
        ufl.And(ufl.ge(a, 0.0), ufl.le(a, 1.0)), ufl.And(ufl.ge(b, 0.0), ufl.le(b, 1.0))
    )
    speed = ufl.conditional(inside, r / (1 - 2 * threshold), (clamp(b) - clamp(a)) / dt)
    a, b = clamp(a), clamp(b)
    cubic = a * (a + b) + b * b  # a² + ab + b² = (b³ − a³)/(b − a), and so on
    quartic = a * cubic + b * b * b
    quintic = a * quartic + (b * b) * (b * b)
    return (6 * quintic - 15 * quartic + 10 * cubic) * speed


def blend(xi: Expr, rho: Expr, lithium: Expr, electrolyte: Expr, pore: Expr) -> Expr:
    """Property X of the mixture of lithium, electrolyte and pore."""
    h, s = lithium_fraction(xi), solid_fraction(rho)
    return h * lithium + (1 - h) * (s * electrolyte + (1 - s) * pore)
