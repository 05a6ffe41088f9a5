"""What the Segmentation module is made of: one file a section of the panel or a step of the run."""
