"""Training of a run: settings, trainer, teacher, validation, checkpoints, curves, the package at the end."""
