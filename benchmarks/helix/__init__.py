"""Proofs about the helix tasks, each of one property of all of them: ``python -m benchmarks.helix``."""
