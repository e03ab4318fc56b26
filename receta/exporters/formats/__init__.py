"""What do several targets need from TensorFlow and ONNX Runtime?"""
