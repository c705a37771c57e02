"""Physical constants (CODATA 2018, exact by definition of the SI)."""

FARADAY = 96485.33212  # C/mol
GAS_CONSTANT = 8.314462618  # J/(mol K)
