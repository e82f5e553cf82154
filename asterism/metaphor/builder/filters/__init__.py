"""One filter a file, each a pure function; :mod:`asterism.metaphor.builder.checks` applies them in order."""
