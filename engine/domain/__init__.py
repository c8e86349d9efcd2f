"""What events, people, scores and audiences are: pure values and functions."""
