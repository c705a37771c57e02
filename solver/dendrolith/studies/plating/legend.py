"""What the lines and numbers of ``dendrolith check`` mean: name → what it is and what is good."""

from __future__ import annotations

HEAD = {
    "solving": "laws that are solved; a section that is absent switches its law off",
    "cell": "extents, cells and size of the mesh, ranks",
    "front": "coefficients of the lithium equation: height of the well W, gradient energy kappa, "
    "rate of the reaction L_eta; Pe as below",
    "control": "what is held, stage after stage, and the scheme in time",
}
SIZE = {
    "nodes": "nodes of the mesh, and how many along each side",
    "mesh": "nodes and cells of the mesh file, and its shortest and longest edge",
    "values": "unknown numbers in one step, on all nodes",
    "memory on one process": "estimated, an order of magnitude; ranks share all but 0.16 GB each",
    "longest step": "the step may be no longer than max_step, max_relaxation/(L_xi W), and what a "
    "stress that drives lithium allows",
    "time on one process": "estimated, for a run all of whose steps are that long; near a contact "
    "they are shorter",
}
NUMBERS = {
    "delta/h": "width of the lithium interface over the mesh size [1]; 4 resolves it, 6 where Pe "
    "is above 1",
    "current of 1C": "rated capacity of the counter electrode over one hour",
    "charge of x": "charge of the counter electrode between x = 0 and 1",
    "ionic resistance": "of the electrolyte",
    "bridge resistance": "by the table, over the charge that passed or over time",
    "plateau of stage": "current times contact resistance: over the part of the face that a bridge "
    "touches, the voltage at which its rise ends",
    "Pe of a flat front": "v/(delta L_xi W), speed over the speed at which the interface relaxes "
    "[1], in the fastest stage; above 0.3 its profile deforms",
    "front velocity": "speed of a flat front in the fastest stage at the start, ohmic drop and "
    "kinetics included",
    "thinnest stable tip": "radius at which surface tension stops a tip as fast as a flat front in "
    "the fastest stage that plates; good from the mesh size to the width of a protrusion",
    "delta/l_k": "interface width over the electrolyte that resists as the charge transfer does "
    "[1]; 2 or less, to which flat fronts were computed: above they may break",
    "L_eta/(L_xi W)": "rate of the reaction over that of relaxation [1]; 2 or less, above the "
    "reaction spreads ahead of the front",
    "voltage at rest": "cell voltage without current",
    "charge bound on a short": "time before which charge cannot fill filaments as wide as the "
    "protrusions across the electrolyte",
    "delta_rho/h": "width of the pore walls over the mesh size [1]; 3 or more",
    "pores": "number, area fraction and pixels of the pores of the picture",
    "delta_rho/d": "width of the pore walls over the mean pore diameter [1]; 0.25 or less",
    "p V_m/F": "shift of the overpotential by the stack pressure in equilibrium",
    "chi_eq": "chi_m at which pressure acts with just that shift [1]",
    "stress over the front": "by which its own stress widens a front, over delta [1]; above 0.25 "
    "lithium loses its surface",
    "chi_m/chi_eq": "multiple of that shift that the input asks for [1]; 1 is thermodynamic",
    "strength sigma_c": "stress at which the electrolyte breaks without a flaw, on this mesh",
    "smallest flaw": "half-length from which on toughness decides and not strength, and the "
    "pressure in it at which it grows (Griffith)",
    "isolated lithium cracks": "length from which on blocked lithium off the electrodes cracks the "
    "electrolyte at its end, in the largest held current",
    "ell": "length over which a crack is smeared, over the mesh size; 4 or more",
    "w_A/delta": "width in which a crack lets lithium in, over that of the interface [1]; 2.5 or "
    "more, or no profile of lithium fits",
    "Pe in a crack": "Pe of a flat front over least_capacity: at the same current a front in a "
    "crack is as much faster [1]; 1 or less, or it sticks between two nodes",
    "capillary overpotential": "what the artificial capillarity of a round end holds back, beside "
    "what drives lithium there; a tenth or less",
    "step while a crack grows": "time of a step on one process in which damage and displacement "
    "are solved in turn 20 to 70 times",
    "smallest seed crack": "its length, and the pressure in it at which it grows (Griffith)",
    "p*": "pressure at which the eigenstrain and the mismatch of moduli cancel; four times the "
    "stack pressure or more",
    "shift of eta by 1e4 J/m^3": "shift of the overpotential by the elastic energy of lithium just "
    "plated in a soft pore at 10 MPa",
}
ACCURACY = {
    "kinetics of a front": "speed that a flat front loses on this mesh at small Pe; below 1 % is "
    "good",
    "lithium touches within": "gap between two pieces of lithium that electrons cross",
    "necks and gaps below": "width under which a shape is not resolved",
    "the run as a whole": "errors of mesh, interface width and step are measured by refinement",
}
LEGEND = HEAD | SIZE | NUMBERS | ACCURACY
