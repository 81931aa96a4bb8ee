"""`python -m maskwright` is the same as `maskwright`."""

from maskwright.cli.app import main

main()
