"""The names that microTVM's scripts use."""
