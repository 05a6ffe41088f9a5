"""How a training is to run: settings by their schema, what it would take here, and its start."""
