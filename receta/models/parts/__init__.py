"""What are the rungs made of, and what is done to any network once it is built?"""
