"""What code is for: targets, and how each class of them wants its loops."""
