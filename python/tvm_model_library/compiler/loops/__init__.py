"""What is known of loops, and what is done to them between a schedule and printed code."""
