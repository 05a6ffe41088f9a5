"""A run at work: its curves, alarms and previews."""
