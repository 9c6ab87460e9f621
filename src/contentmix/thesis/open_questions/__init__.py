"""What the thesis leaves open, as studies: their answers are nobody's yet."""
