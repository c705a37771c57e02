"""PFHub benchmark 1: spinodal decomposition on a square."""
