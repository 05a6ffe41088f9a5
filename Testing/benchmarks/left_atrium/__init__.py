"""The left-atrium experiments: settings of every run, one resumable command, tables of what came out."""
