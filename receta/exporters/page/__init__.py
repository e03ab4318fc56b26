"""What of the live page goes with an exported network: its files, and a few examples?"""
