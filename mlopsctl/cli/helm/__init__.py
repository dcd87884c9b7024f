"""mlopsctl helm."""
