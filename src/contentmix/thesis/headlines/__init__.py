"""The claims that carry the thesis as one study, where networks have capacity to spare and are trained to the end.

What a scale trains on is to be chosen on networks alone, before any method is compared (``docs/records/pilot.py``). Until that
is done, ``small`` and ``gpu`` are a guess. All rows of a chapter make as many optimiser steps, and a run's seed says which images
are labelled, for all rows alike.
"""
