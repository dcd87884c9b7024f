"""The head of a platform, as its worker hosts reach it."""
