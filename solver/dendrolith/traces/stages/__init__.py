"""Stages of a soft short in traces of voltage and pressure."""
