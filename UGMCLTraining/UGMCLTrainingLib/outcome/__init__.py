"""A finished run: its figures, and its model in the library."""
