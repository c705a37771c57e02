"""Measured and simulated signals: reading files, short circuits."""
