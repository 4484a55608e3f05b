"""What the pages under Inspect share: the run in view, choices, figures, pictures, computing."""
