"""How do words, bars, tables and results look on a terminal, and without one?"""
