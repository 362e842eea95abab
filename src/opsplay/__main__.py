"""`python -m opsplay`."""

import sys

from .runner.cli import main

sys.exit(main())
