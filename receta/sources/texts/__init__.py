"""The engine of the sources of texts: which column is what, and how files are decoded."""
