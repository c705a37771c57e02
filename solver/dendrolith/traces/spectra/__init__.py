"""Impedance spectra: their test, equivalent circuits, and the size of what bridges."""
