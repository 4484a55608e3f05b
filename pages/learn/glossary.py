"""Glossary: every term once, in the visitor's language."""

from fixviz.ui.learn import glossary

glossary.show()
