"""How are steps in time read: columns of long files, rows of wide ones, and what looks so?"""
