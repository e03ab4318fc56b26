"""Turn labelled data into a neural network that can be trusted, and say why it can."""
