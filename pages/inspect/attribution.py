"""Attribution: which patches the answer rests on, and whether that can be believed."""

from fixviz.ui.attribution import page

page.show()
