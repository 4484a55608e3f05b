"""What pages and report say beside their figures: what follows from them, and what does not."""
