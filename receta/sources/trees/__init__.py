"""Which class and which part does each picture of a tree of folders belong to?"""
