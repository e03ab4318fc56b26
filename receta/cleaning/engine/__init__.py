"""How are fixes chosen, worked with and kept?"""
