"""What can be asked for: the options of a run and of every method, declared once, in plain Python."""
