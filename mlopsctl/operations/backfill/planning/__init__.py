"""From a range of days to a checked plan. Reads only."""
