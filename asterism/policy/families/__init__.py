"""The families of vision-language models, one file each; every file holds its ``FAMILY``."""
