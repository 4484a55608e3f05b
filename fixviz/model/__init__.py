"""The network: configuration, attention, feature shift, fixation, checkpoints."""

import os

# torch then asks Linux for pages of 2 MB; it reads this before its first large tensor. A trace fills
# gigabytes of fresh memory, and half of its time can be the kernel's, handing them out 4 kB at a time.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
