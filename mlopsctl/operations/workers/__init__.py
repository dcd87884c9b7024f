"""Worker hosts of a platform: how they join, what they report, and how they are drained, stopped and removed."""
