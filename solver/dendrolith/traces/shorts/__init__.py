"""Short circuits in traces, simulated or measured: a state machine and its verdict."""
