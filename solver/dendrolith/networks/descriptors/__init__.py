"""Numbers that describe where defects are: of pictures, of graphs, of their topology."""
