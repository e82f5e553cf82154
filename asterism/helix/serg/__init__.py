"""SERG: worked reasoning by rule, rewritten in natural words, checked step by step, as a set to learn from."""
