"""Making true/false statements about images, from their explanations and a model behind a server."""
