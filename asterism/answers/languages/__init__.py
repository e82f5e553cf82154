"""Words of answers, a file for each language (data)."""
