"""The unit's commands, one file each: `add` says how it is called, `run` does it and returns the exit code."""
