"""Measured and simulated signals: files, short circuits, hidden currents, stages, spectra."""
