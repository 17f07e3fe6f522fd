"""What the commands of `./assure` do around the four programs: set up, train, start, check."""
