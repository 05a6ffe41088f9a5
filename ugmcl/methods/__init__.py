"""Methods of training: what a step computes. One file a method, found by name in `registry`."""
