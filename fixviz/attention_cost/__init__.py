"""What attention costs: time, memory and multiply-adds of each kind against the number of tokens.

`measure` times the functions of fixviz.model on this machine. Everything else is arithmetic on what was
measured, here or in a browser, and needs no torch.
"""
