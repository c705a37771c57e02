"""Plating of lithium in a porous solid electrolyte: dendrites and short circuits."""
