"""Slice, 3D and plot views with real displayable managers, and the layout manager that holds them."""
