"""Initial geometry of pores and lithium, from numbers and a seed."""
