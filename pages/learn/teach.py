"""For teachers: plan a class, print worksheets, see a class's answers."""

from fixviz.ui.learn import teach

teach.show()
