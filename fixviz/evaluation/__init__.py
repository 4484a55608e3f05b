"""Measure checkpoints on clips that no training used, and judge the paper's claim by the results.

accuracy        which clips are drawn, and how many a model answers right
measure, cost   all figures of a model: accuracy, attention on the target, time and memory
real_video      whether attention follows motion in real video
masked_video    whether attention lies on what people masked in real video
faithfulness    whether the answer depends on the patches that a map names
intervals       of shares, means over clips and rank correlations
multiply_adds   what the matrix products of one clip take
held_out        the generated clips themselves, as pictures for pages
checkpoints     the figures of several checkpoints, as entries of the results file
results         the results file; free of torch, like what is written from it:
terminal        tables for the terminal, CSV
table, masked_table, faithfulness_table, verdict
                tables for Markdown pages, and what they say of the paper's claim
"""
