"""From an event to the audiences it changes."""
