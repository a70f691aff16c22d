"""`python -m seawall.app` is the `seawall` program."""

from seawall.app.cli import main

main()
