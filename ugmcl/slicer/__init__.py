"""What serves both modules inside Slicer: nodes, display, jobs in other processes."""
