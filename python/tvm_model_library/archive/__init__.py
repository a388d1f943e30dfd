"""Model Library Format archives: metadata, contents, reading and writing."""
