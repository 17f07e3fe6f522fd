"""Understanding: what a message asks for, and which values it names."""
