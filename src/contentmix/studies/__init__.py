"""Many runs compared: rows x seeds, planned, performed, measured, and told on a page with verdicts."""
