"""Backfills that exist, of both engines: find, watch, pause, resume, cancel them."""
