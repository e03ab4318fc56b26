"""What does each column of a table or a list hold?"""
