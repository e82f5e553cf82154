"""Near-duplicate images: one image re-encoded, scaled, slightly cropped or bordered; see docs/splits.md."""
