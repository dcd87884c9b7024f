"""A run for every date of a range: plan it, check it, make the runs, watch them to the end, tell what failed."""
