"""Checkpoints that people load themselves: checked in a process of their own, then kept for them.

    loading         what the server does: copy the files, start the check, keep the result
    checking        what runs in the checking process, with `unpacking` and `config_file`
    registry        the kept checkpoints: who owns them, and when they expire

Only the checking process imports torch.
"""
