"""Review of a result: how sure it is, where to look, what was decided, what was corrected."""
