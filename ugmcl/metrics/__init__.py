"""Overlap, surface distances and volumes of two masks: numpy and scipy only, so that Slicer can use it."""
