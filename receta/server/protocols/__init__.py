"""In which words is the server asked: its own, TensorFlow Serving's, Open Inference's?"""
