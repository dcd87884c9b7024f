"""Which distribution has a module, and its installation."""
