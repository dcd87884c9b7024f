"""`worker join`: take a machine to a host that runs tasks of a head."""
