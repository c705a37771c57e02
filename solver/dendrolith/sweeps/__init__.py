"""Many runs of one input: expanded into points, run here or on Slurm, collected into a table."""
