"""What this project adds to Rasa: understanding, dialogue, channel, tracker store."""
