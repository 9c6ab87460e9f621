"""Questions that the thesis leaves open (section 5.2), as studies: what they claim is asked, not printed.

Beyond the thesis. Their data, networks and steps are those of chapter 3's headlines, whose runs they take over.
"""
