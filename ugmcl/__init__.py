"""UG-MCL: semi-supervised segmentation of medical volumes that says where it is unsure."""

__version__ = "0.1.0"
