"""A cell without a mesh: an equivalent circuit under control stages."""
