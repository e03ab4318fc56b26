"""How is a network from a file of anybody's loaded, without running code that it brings?"""
