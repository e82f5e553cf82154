"""Asterism: visual reinforcement learning for vision-language models."""

from asterism import threads as threads  # first: it sets what is read when torch is loaded

__version__ = "0.1.0"
