"""What are the frozen values and seams that every room shares?"""
