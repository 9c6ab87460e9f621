"""One part of ``python -m benchmarks device``: PART KIND FILE SECONDS."""

import sys

from benchmarks.device import run_part

if __name__ == "__main__":
    run_part(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
