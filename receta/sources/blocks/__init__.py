"""How are arrays of pictures or numbers read out of a file, piece by piece?"""
