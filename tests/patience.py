"""How long does a test wait for something that must come?"""

PATIENCE = 600  # seconds; it ends a test that hangs, and none that is slow on a busy machine
