"""Each attack that we know of, played against a real server: what must come back, and what must not."""
