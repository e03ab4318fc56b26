"""How is a network written, and proven, for TensorFlow.js? The engine of the target tfjs."""
