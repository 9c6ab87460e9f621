"""The claims that carry the thesis as one study, where networks have capacity to spare and are trained to the end.

What a scale trains on is chosen on networks alone (``docs/records/pilot.py``), in chapters 2 and 3 at the scale ``gpu`` before
any method was compared. Chapters 2 and 4 at ``small`` have pilots that came later; the others are first guesses. All rows of a
chapter make as many optimiser steps. A run's seed says which images are labelled in chapter 2; in chapters 3 and 4 all runs
learn from the same.
"""
