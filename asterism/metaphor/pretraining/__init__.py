"""Supervised pre-training of the embedded tiny model on scenes."""
