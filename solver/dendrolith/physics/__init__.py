"""The equations, one module each, in UFL alone: no mesh, no solver, no time step."""
