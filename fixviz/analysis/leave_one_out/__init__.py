"""What changes when one neighbor is left out: in one attention, and in what the model predicts."""
