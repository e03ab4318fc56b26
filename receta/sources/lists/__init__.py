"""Which pictures do the lines of a list name?"""
