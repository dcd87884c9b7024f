"""Backfills that exist, of both engines: find, watch, pause and cancel them."""
