"""``python -m dendrolith``."""

import sys

from dendrolith.cli import main

sys.exit(main())
