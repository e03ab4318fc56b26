"""How are files of a format read and written, whatever they are read for?

A codec knows bytes, cells and arrays: nothing of labels, parts, options or sources. Each file
is a door of its own.
"""
