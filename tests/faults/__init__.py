"""What must survive: kills, damage, full disks, two at once, and nonsense. ``FAULTS=full`` tries more of each (``make faults``)."""

import os

FULL = os.environ.get("FAULTS") == "full"
