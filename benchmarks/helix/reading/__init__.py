"""Whether the images of helix can be read: a small network reads back what stands in them."""
