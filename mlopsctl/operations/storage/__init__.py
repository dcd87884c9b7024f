"""The place for files that tasks hand to each other, which all hosts of a platform reach."""
