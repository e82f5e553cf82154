"""Proofs about the helix tasks: each module measures one property of all of them (see ``python -m benchmarks.helix``)."""
