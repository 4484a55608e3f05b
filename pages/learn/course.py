"""Course: seven lessons, and a quiz before and after them."""

from fixviz.ui.learn import course

course.show()
