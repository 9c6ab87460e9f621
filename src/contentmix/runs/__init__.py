"""One run: options and methods by name become a folder that explains itself, and a folder a network again."""
