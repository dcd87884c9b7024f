"""Group `workers`: the broker, the hosts that take tasks, and the certificates between them and the head."""
