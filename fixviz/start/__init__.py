"""The start page's content as HTML, for the app and for the static site."""
