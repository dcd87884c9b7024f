"""Group `services`: what runs, whether it responds, and whether it belongs to this home."""
