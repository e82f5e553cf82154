"""One filter a file, each a pure function; :mod:`asterism.metaphor.construct.checks` applies them in order."""
