"""How is a bundle written whole or not at all, and only when it is proven?"""
