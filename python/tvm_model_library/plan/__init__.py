"""What a compiled model is between the compiler and the executors, and memory planning: free of TVM."""
