"""How are data sets that others offer read out of their own files?"""
