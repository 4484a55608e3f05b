"""The static site: start page, course, glossary and player as plain files for any web host."""
