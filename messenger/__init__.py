"""Where people and the desk talk: conversations, who owns them, and the words."""
