"""What does the live page get: its files, a model that runs in browsers, examples?"""
