"""Physical constants (CODATA 2018, exact by definition of the SI), units and one convention."""

FARADAY = 96485.33212  # C/mol
GAS_CONSTANT = 8.314462618  # J/(mol K)

HOUR = 3600.0  # s
MAH_PER_CM2 = 3.6e4  # C/m^2

# Charge errors are relative to the current, or to this where the current is smaller.
REFERENCE_CURRENT_DENSITY = 1.0  # A/m^2
