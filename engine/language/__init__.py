"""The segment language: text to tree to verdict, horizon, explanation and back."""
