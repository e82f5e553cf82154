"""Making true/false statements about pictures, from their explanations and a model behind a server."""
