"""`python -m asterism`: the command line."""

from asterism.cli.main import main

main()
