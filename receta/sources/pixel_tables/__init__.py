"""How do lines of a table become pixels?"""
