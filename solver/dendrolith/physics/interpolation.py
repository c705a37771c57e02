"""Double well, interpolation and metal fraction, and how conductivities are blended.

    g(ξ) = ξ²(1−ξ)²        h(ξ) = ξ³(6ξ² − 15ξ + 10)        s(ρ) = (1 + ρ)/2
    m(ξ) = x²(3 − 2x),  x = (ξ − ξ_c)/(1 − 2ξ_c)  clamped to [0, 1]
    σ = m σ_Li + (1 − m)(s σ_SE + (1 − s) σ_pore)

ξ  lithium order parameter, 1 in lithium [1]      ρ  solid/pore order parameter, ±1 [1]
m  metal fraction: how much lithium a point holds, and how much of the metal's conductivity [1]

h, m and s take *clamped* values; the fields themselves are never clipped. m is odd about ξ = 1/2,
so a flat front holds exactly as much lithium as ∫ξ says. With ξ_c → 0 m′ is proportional to |∇ξ| of
a front at equilibrium. Why m and not ξ or h carries the charge is derived in solver/theory.md
("Opening the electronic path"), why both conductivities are mixed by it under "The front without
the width of the interface".

Cubes are written as products: a call of pow() takes longer than all the rest.
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


def double_well_prime(xi: Expr) -> Expr:
    """g′(ξ)."""
    return 2 * xi * (1 - xi) * (1 - 2 * xi)


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


def smoothstep(x: Expr) -> Expr:
    """x²(3 − 2x), from 0 to 1 with zero slope at both ends."""
    return x * x * (3 - 2 * x)


def smoothstep_prime(x: Expr) -> Expr:
    """6x(1 − x), never negative between 0 and 1."""
    return 6 * x * (1 - x)


def metal_fraction(xi: Expr, threshold: Expr) -> Expr:
    """m(ξ): 0 below `threshold`, 1 above 1 − `threshold`."""
    return smoothstep(clamp((xi - threshold) / (1 - 2 * threshold)))


def metal_fraction_prime(xi: Expr, threshold: Expr) -> Expr:
    """m′(ξ), zero outside the range in which m changes."""
    width = 1 - 2 * threshold
    return smoothstep_prime(clamp((xi - threshold) / width)) / width


def metal_fraction_rate(xi: Expr, r: Expr, dt: Expr, threshold: Expr) -> Expr:
    """[m(ξ + r Δt) − m(ξ)]/Δt without the cancellation that small steps would suffer.

    m(b) − m(a) is the polynomial m[a, b] times b − a, and b − a over Δt is known exactly unless the
    clamp acts in between.
    """
    a = (xi - threshold) / (1 - 2 * threshold)
    b = (xi + dt * r - threshold) / (1 - 2 * threshold)
    inside = ufl.And(
        ufl.And(ufl.ge(a, 0.0), ufl.le(a, 1.0)), ufl.And(ufl.ge(b, 0.0), ufl.le(b, 1.0))
    )
    speed = ufl.conditional(inside, r / (1 - 2 * threshold), (clamp(b) - clamp(a)) / dt)
    a, b = clamp(a), clamp(b)
    cubic = a * (a + b) + b * b  # a² + ab + b² = (b³ − a³)/(b − a)
    return (3 * (a + b) - 2 * cubic) * speed


def along_metal_fraction(xi: Expr, tau: Expr, threshold: Expr) -> Expr:
    """What ξ gains by following dξ/dτ = m′(ξ) over τ, exactly [1].

    x = (ξ − ξ_c)/(1 − 2ξ_c) is logistic: x(τ) = 1/(1 + (1/x − 1) e^{−2u}), u = 3τ/(1 − 2ξ_c)².
    """
    width = 1 - 2 * threshold
    x, t = clamp((xi - threshold) / width), ufl.tanh(3 * tau / width**2)
    return width * 2 * x * (1 - x) * t / (1 - (1 - 2 * x) * t)


def blend(m: Expr, rho: Expr, *, lithium: Expr, electrolyte: Expr, pore: Expr) -> Expr:
    """Conductivity of the mixture of lithium, electrolyte and pore."""
    s = solid_fraction(rho)
    return m * lithium + (1 - m) * (s * electrolyte + (1 - s) * pore)
