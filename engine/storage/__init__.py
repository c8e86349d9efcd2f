"""SQL and nothing else: one file for each thing that is stored."""
