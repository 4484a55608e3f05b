"""The course pack: what the lessons need of the shipped checkpoints and of one run on a sample clip.

`python -m fixviz.course_pack` writes assets/course; a test compares it with a fresh computation.

world           what a lesson's data may be made from, and what its module returns
measured        the numbers of the results file, by the names that the lessons use
kept            results that take long to compute, kept while their checkpoint is the same
shipped_run     the run that comes with fixviz, and the features of its window
pack            finds the lessons' modules and writes everything
tokens ...      one module for each lesson that has data of its own, with make(world: World) -> Made
"""
