"""The tests a leaf can make. One file an operator: how it decides, its Python, and when time alone can change it."""
