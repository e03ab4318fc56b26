"""What is to be handed over: the network of a run, or of anybody, with all that is known of it?"""
