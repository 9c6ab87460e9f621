"""Experiments: options, recipes and methods by name become runs, and runs become folders that explain themselves."""
