"""What a model's answer rests on: attributions, how faithful they are, and attention beside them.

`catalog` and `agreement` need no torch; `compute` and `faithfulness` are the two derived kinds.
"""
