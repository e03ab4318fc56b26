"""Which part of the data, and which group, is each example of?"""
