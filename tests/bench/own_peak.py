"""`python -m tests.bench.own_peak ARGS…`: mlopsctl ARGS, and then a line on stderr with the peaks of memory in MB: of
its own process, and of the largest of those that it ran."""

import resource
import sys

from mlopsctl.cli.main import main

try:
    main()
finally:
    both = (resource.getrusage(who).ru_maxrss * 1024 / 1e6 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    sys.stderr.write("{:.0f} {:.0f}\n".format(*both))
