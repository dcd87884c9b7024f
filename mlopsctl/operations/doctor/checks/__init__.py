"""The checks: one folder per group, one module per subject, listed in `registry.py`.

To add a check, write a function that takes a DoctorContext and yields a Finding for every problem, optionally one that
fixes a finding, and add a Check with both to `CHECKS` of its module. Then regenerate docs/doctor.md (`render_docs.py`).
"""
