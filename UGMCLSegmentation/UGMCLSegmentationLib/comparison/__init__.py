"""A result beside a reference segmentation: which segments belong together, figures, a table."""
