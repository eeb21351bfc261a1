"""Painters of the fictional city's pictures: flat illustrations made by code, the same bytes for the same arguments."""
