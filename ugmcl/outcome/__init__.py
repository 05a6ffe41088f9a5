"""What a training run brought: control, calibration, old and new model on held-out cases, verdict, report."""
