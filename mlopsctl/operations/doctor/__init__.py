"""Diagnose a platform and its machine: named checks, each with a verdict and a hint, some with a fix.

To add a check, see `checks/`.
"""
