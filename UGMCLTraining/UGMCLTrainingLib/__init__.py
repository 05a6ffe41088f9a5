"""What the module UGMCLTraining is made of: cases, what to label next, settings, runs, live view, result."""
