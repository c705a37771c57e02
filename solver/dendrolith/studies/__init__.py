"""What an input can ask for: one room a study."""
