"""`python -m salesmetrics` is the command `salesmetrics`."""

from .cli import main

raise SystemExit(main())
