"""The run directory: the only place that opens files."""
