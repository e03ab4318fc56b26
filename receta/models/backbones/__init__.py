"""How do networks that were trained elsewhere give features to the rung `pretrained`?"""
