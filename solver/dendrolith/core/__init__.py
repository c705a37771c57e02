"""The ground: constants, errors, logging, MPI, versions, checkpoint data, declarations."""
