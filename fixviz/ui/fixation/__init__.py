"""The Fixation page: where ratios are high, how they are spread, what drives them, what they do."""
