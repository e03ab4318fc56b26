"""Is a written network equal to the one in Keras, or close enough where it is made smaller?"""
