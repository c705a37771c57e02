"""Time stepping: the charge-conserving split, step control, the march."""
