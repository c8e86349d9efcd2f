"""What was probably meant where the grammar stops: one small rule for each kind of mistake."""
