"""Check checkpoints that people load themselves, and keep them for their owners.

    loading         the server's part: copy the files, start the check, keep the result
    checking        the part of the checking process, with `unpacking` and `config_file`
    registry        the kept checkpoints: who owns them, and when they expire

Only the checking process imports torch.
"""
