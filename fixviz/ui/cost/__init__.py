"""The page Cost: predict, measure, compare."""
