"""From an image to a label with its uncertainty: passes, tiles, regions, confidence, result files."""
