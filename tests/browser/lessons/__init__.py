"""How the questions that are answered in a figure are answered by keyboard, lesson by lesson."""
