"""How are figures and pictures drawn, so that they can be read on a phone and a wide screen?"""
