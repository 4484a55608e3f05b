"""The Benchmark page: measured figures as a plot, a card for each point, and the clips of each class."""
