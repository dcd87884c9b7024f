"""Certificates of a platform that runs on more than one machine, and the tunnel that demands them."""
