"""Understanding: what a message asks for, and which values it names. Pure modules, and Rasa's two components."""
