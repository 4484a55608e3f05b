"""Watch: three models side by side on one clip."""

from fixviz.ui.watch import page

page.show()
