"""What the small model learns from, and how it is trained."""
