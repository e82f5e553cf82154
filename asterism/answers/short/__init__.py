"""Short answers: numbers, mathematics, quantities and words, compared by value."""
