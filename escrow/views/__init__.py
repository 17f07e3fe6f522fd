"""What the interface shows, as the contract's types; each noun for a page of many at once."""
