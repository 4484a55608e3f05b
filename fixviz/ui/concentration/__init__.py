"""The page Concentration: how much of the attention is on how few keys, and on which."""
