"""From YAML to validated, frozen parameters in SI."""
