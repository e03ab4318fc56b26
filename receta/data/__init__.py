"""What are data: examples with targets, as pictures, tables, series and texts, and steps upon them?

Values and plain functions that all rooms above share; each file is a door of its own.
"""
