"""What contentmix costs: every comparison is made side by side in one run, and reported as medians."""
