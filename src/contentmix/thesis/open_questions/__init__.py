"""Questions that the thesis leaves open, as studies: what they claim is asked, not printed.

Their data, networks and steps are those of the headlines, whose runs they take over.
"""
