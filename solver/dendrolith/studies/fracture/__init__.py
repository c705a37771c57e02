"""A notched plate that is pulled until it breaks."""
