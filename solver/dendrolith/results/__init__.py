"""The run directory: what a run writes there, and what reads it back."""
