"""Many volumes in one go: of the scene, of a folder, or the frames of a sequence."""
