"""MM-HELIX: 42 procedural tasks, each with generator, solver, verifier, picture, text and worked reasoning."""
