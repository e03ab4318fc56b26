"""What do checks look at: a set-up before training, a network after it?"""
