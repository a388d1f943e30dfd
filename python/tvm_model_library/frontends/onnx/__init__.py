"""ONNX files: the messages, a checked reader, the file as plain data, and its conversion to Relay."""
