"""Random calls of one family of operators each: functions that add to a program, or reject what they drew."""
