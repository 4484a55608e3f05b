"""The course in the app: its page, its routes and the glossary."""
