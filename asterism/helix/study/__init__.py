"""A comparison study: ways to learn the same new tasks within one budget, and claims that are judged by them."""
