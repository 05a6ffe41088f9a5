"""Results out of Slicer: image files, DICOM SEG, RTSTRUCT."""
