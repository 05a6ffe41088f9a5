"""Data sets, their checks, the prepared cache and the batches drawn from it."""
