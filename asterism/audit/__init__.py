"""What a reward pays for: generated answers whose verdict is known, null policies, leaks, faults."""
