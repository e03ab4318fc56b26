"""How does the page teach: collect pictures, train on them, use what was learnt?"""
