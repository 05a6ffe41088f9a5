"""The cases of a project: where they come from, what their labels mean, and what is wrong with them."""
