"""The list of runs: what it says, what its buttons do."""
