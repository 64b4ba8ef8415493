"""What a simulated test is made of: what is commanded, what is imposed on the plant, and how sensors read it."""
