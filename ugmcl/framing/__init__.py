"""The one way from an input's grid to the network's and back: orientation, spacing, normalisation."""
