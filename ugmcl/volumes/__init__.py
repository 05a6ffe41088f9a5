"""Images and labels with their place in the patient: reading, geometry, resampling, writing."""
