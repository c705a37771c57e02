"""dendritex: lithium dendrites and short circuits in solid-state batteries."""

__version__ = "0.1.0"
