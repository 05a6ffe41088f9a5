"""Augmentation of patches, one file a transform, with the inverse where a method needs one."""
