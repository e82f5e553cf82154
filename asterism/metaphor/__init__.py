"""MetaphorStar: images with what they imply, statements and questions about them, TFQ-Bench."""
