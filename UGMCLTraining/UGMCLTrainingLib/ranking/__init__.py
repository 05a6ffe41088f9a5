"""What to label next: the ranking, and the way of a case to its correction and back."""
