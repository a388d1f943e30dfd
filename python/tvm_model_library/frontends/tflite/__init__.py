"""TFLite files: the schema, a checked reader, the file as plain data."""
