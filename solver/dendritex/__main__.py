"""``python -m dendritex``."""

import sys

from dendritex.cli import main

sys.exit(main())
