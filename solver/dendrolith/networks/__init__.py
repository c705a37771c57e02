"""Defect networks: critical currents, Weibull statistics, descriptors and laws; no mesh, no MPI."""
