"""What generated C is written with: names, types, literals, lines."""
