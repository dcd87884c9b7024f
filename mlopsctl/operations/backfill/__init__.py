"""Backfills: plan a run for every date of a range, check the plan, carry it out, watch it, report what failed."""
