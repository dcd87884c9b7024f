"""A plan that is carried out: submit its runs, watch them until they have ended, report."""
