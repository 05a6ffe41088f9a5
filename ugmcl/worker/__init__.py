"""The other process: takes a job, does the work with the library, writes the result."""
