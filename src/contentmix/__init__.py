"""contentmix."""
