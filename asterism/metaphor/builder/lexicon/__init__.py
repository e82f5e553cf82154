"""What the filters know of words: WordNet's synonyms and antonyms, and word lists of our own as data files."""
