"""The report of a run: one page, pictures for papers, an animation."""
