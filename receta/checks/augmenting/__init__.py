"""Which ways of varying pictures are safe on these data?"""
